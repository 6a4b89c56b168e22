// The transfer cache: lists of free blocks on their way from one lean heap's thread to another's
// (heap.h), each as a whole. A lean heap owns next to nothing: what its thread frees would go home
// to the slabs one by one, and come from there likewise. Here a list costs a lock and a few stores.
//
// A few lists of each size class; the newest is taken first. Those that nobody needed for a round
// of the superslab heap go home.
//
// A lock for each size class. Thread-safe. Lock order: the heaps' mutex, then a class's lock; no
// other is taken while that is held.
#ifndef HAKMEM_SUPERSLAB_TRANSFER_CACHE_H_
#define HAKMEM_SUPERSLAB_TRANSFER_CACHE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/config.h"
#include "core/lock.h"
#include "core/size_classes.h"
#include "superslab/slab.h"

namespace hakmem {

class TransferCache {
 public:
  // What it holds of a class, at most.
  static constexpr uint32_t kMostLists = 16;
  static constexpr size_t kMostBytes = 128 * 1024;

  constexpr TransferCache() = default;

  // Takes the `count` blocks of class `c` in `list`, which ends with null; false when it has no
  // room for them.
  bool Put(SizeClass c, FreeBlock* list, uint32_t count);

  // A list of class `c`, as it was put; an empty chain when there is none. It has no tail.
  Chain Take(SizeClass c);

  // How many lists of class `c` nobody needed since `round` was another, for the first who asks in
  // `round`; 0 for the others. They are taken next.
  uint32_t CountIdle(SizeClass c, uint16_t round);

  // Whether there are no lists. A hint.
  bool SeemsEmpty() const {
    for (const Class& cache : classes_) {
      if (cache.Count() != 0) return false;
    }
    return true;
  }

  // Around fork().
  void LockAll() ABSL_NO_THREAD_SAFETY_ANALYSIS;
  void UnlockAll() ABSL_NO_THREAD_SAFETY_ANALYSIS;

 private:
  // Apart from its neighbours in memory.
  struct alignas(kCacheLineBytes) Class {
    // Relaxed: it is written under the mutex, and a hint without.
    uint32_t Count() const { return lists.load(std::memory_order_relaxed); }

    Mutex mutex;
    std::atomic<uint32_t> lists{0};
    uint32_t blocks ABSL_GUARDED_BY(mutex) = 0;  // in all of them
    uint32_t least ABSL_GUARDED_BY(mutex) = 0;   // of `lists` since `round` began
    uint16_t round ABSL_GUARDED_BY(mutex) = 0;
    uint16_t counts[kMostLists] ABSL_GUARDED_BY(mutex) = {};
    FreeBlock* heads[kMostLists] ABSL_GUARDED_BY(mutex) = {};
  };

  Class classes_[kNumClasses];
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_TRANSFER_CACHE_H_
