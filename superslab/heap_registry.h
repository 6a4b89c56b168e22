// All heaps: which threads have one, which wait for a thread, and the orphans' heap.
//
//            Activate                    Retire: empty slabs to the superslab heap,
//   idle ----------------> a thread's ------------------ the others to the orphans ----> idle
//                              ^                               |
//                              |        Adopt, slab by slab    v
//                              +---------------------------- orphans
//
// A thread that needs a slab looks among the orphans first, so what a dead thread left behind is
// used in place, and a slab of the orphans whose last block is freed goes back at once.
//
// Heaps are never freed, so a pointer to one is always valid, even when it is out of date.
// Thread-safe. Lock order: this mutex before the superslab heap's.
#ifndef HAKMEM_SUPERSLAB_HEAP_REGISTRY_H_
#define HAKMEM_SUPERSLAB_HEAP_REGISTRY_H_

#include <atomic>
#include <cstddef>

#include "core/lock.h"
#include "superslab/heap.h"

namespace hakmem {

class HeapRegistry {
 public:
  constexpr HeapRegistry() = default;

  // A heap for the calling thread; null when memory is exhausted.
  Heap* Activate();

  // Takes the heap of a thread that ends. Its cache must be empty.
  void Retire(Heap* heap);

  // An orphaned slab of class `c` that has blocks to give, `heir`'s from now on; null if none.
  Slab* Adopt(SizeClass c, Heap* heir);

  // Looks after a heap that no thread runs: passes on what is pending.
  void Rescue(Heap* heap);

  // One block straight from the orphans, for a thread that has no heap any more (or cannot have
  // one); null when memory is exhausted.
  FreeBlock* TakeOne(SizeClass c);
  // And back.
  void GiveOne(SizeClass c, FreeBlock* block);

  // Gives what the orphans hold of empty slabs back.
  void ReleaseEmpty();

  // How many heaps there are, with a thread or without.
  size_t heaps() const { return made_.load(std::memory_order_relaxed); }  // a statistic
  Mutex& mutex() { return mutex_; }

 private:
  Heap* Make() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  Heap orphans_{Heap::State::kOrphans};
  Heap first_;  // the first thread's: a small program needs no page for heaps
  bool first_taken_ ABSL_GUARDED_BY(mutex_) = false;
  Heap* idle_ ABSL_GUARDED_BY(mutex_) = nullptr;
  Heap* fresh_ ABSL_GUARDED_BY(mutex_) = nullptr;  // never used yet, [fresh_, fresh_end_)
  Heap* fresh_end_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::atomic<size_t> made_{0};
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_HEAP_REGISTRY_H_
