// Atomic operations that are plain ones until the process makes its first thread. An atomic
// operation waits until all stores before it are done, which takes long where those miss the
// caches, as they do where a program builds or tears down something large; and most programs have
// one thread. "What was measured" in docs/design.md has figures.
//
// Nothing can come between the load and the store of such a plain operation: only the thread that
// is in it could make another. pthread_create() lets the new thread see what came before.
#ifndef HAKMEM_CORE_ATOMICS_H_
#define HAKMEM_CORE_ATOMICS_H_

#include <atomic>
#include <type_traits>

#include "core/compiler.h"
#include "core/platform.h"

namespace hakmem {

// Whether `word` was `expected`, and is `desired` now. `order` is that of a success; a failure has
// none.
template <typename T>
HAK_INLINE bool CompareExchange(std::atomic<T>* word, std::type_identity_t<T> expected,
                                std::type_identity_t<T> desired, std::memory_order order) {
  if (platform::HasOneThread()) {
    if (word->load(std::memory_order_relaxed) != expected) return false;
    word->store(desired, std::memory_order_relaxed);
    return true;
  }
  return word->compare_exchange_strong(expected, desired, order, std::memory_order_relaxed);
}

// What `word` was; it is `desired` now.
template <typename T>
HAK_INLINE T Exchange(std::atomic<T>* word, std::type_identity_t<T> desired,
                      std::memory_order order) {
  if (platform::HasOneThread()) {
    const T old = word->load(std::memory_order_relaxed);
    word->store(desired, std::memory_order_relaxed);
    return old;
  }
  return word->exchange(desired, order);
}

}  // namespace hakmem

#endif  // HAKMEM_CORE_ATOMICS_H_
