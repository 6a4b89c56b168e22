// Atomic operations that are plain ones as long as the process has one thread. An atomic operation
// waits for all stores before it, which are to blocks that lie in no cache where a program builds
// or tears down something large; and most programs have one thread. "What was measured" in
// docs/design.md has figures.
//
// The process can't become one of several threads between the load and the store of such a plain
// operation, as its only thread would have to make the second. That the first thread's stores
// happened is seen by those it makes, as by any that pthread_create() makes.
#ifndef HAKMEM_CORE_ATOMICS_H_
#define HAKMEM_CORE_ATOMICS_H_

#include <atomic>

#include "core/compiler.h"
#include "core/platform.h"

namespace hakmem {

// Whether `word` was `expected`, and is `desired` now. `order` is that of a success; a failure has
// none.
template <typename T>
HAK_INLINE bool CompareExchange(std::atomic<T>* word, T expected, T desired,
                                std::memory_order order) {
  if (platform::HasOneThread()) {
    if (word->load(std::memory_order_relaxed) != expected) return false;
    word->store(desired, std::memory_order_relaxed);
    return true;
  }
  return word->compare_exchange_strong(expected, desired, order, std::memory_order_relaxed);
}

// What `word` was; it is `desired` now.
template <typename T>
HAK_INLINE T Exchange(std::atomic<T>* word, T desired, std::memory_order order) {
  if (platform::HasOneThread()) {
    const T old = word->load(std::memory_order_relaxed);
    word->store(desired, std::memory_order_relaxed);
    return old;
  }
  return word->exchange(desired, order);
}

}  // namespace hakmem

#endif  // HAKMEM_CORE_ATOMICS_H_
