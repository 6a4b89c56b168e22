// All heaps: which threads have one, and which wait for a thread.
//
//            Activate                    Retire: empty slabs and runs to the superslab heap,
//   idle ----------------> a thread's ------------------ the others to the pool ----> idle
//
// Succession. A thread often goes on with the blocks of one that ended: a server's worker takes
// over a connection, Larson's benchmark a whole set of blocks. If it started with any other heap,
// every block it frees would be foreign to it, and its own blocks would come to lie in the same
// cache lines as those of other threads. So the first block that a thread frees decides: the heap
// it comes from is the parent of the thread's own. If the parent is idle the thread gets it at
// once, else as soon as it is when the thread needs blocks.
//
// Heaps are never freed, so a pointer to one is always valid, even when it is out of date.
// Thread-safe. Lock order: spare_mutex_, mutex_, the transfer cache's, the pool's, the superslab
// heap's.
#ifndef HAKMEM_SUPERSLAB_HEAP_REGISTRY_H_
#define HAKMEM_SUPERSLAB_HEAP_REGISTRY_H_

#include <atomic>
#include <cstddef>

#include "core/lock.h"
#include "superslab/heap.h"

namespace hakmem {

// Heaps, linked by their own fields.
struct HeapList {
  void Push(Heap* heap);
  void Remove(Heap* heap);

  Heap* newest = nullptr;
  Heap* oldest = nullptr;
};

class HeapRegistry {
 public:
  constexpr HeapRegistry() = default;

  // A heap for the calling thread: `parent` if it is idle; null when memory is exhausted.
  Heap* Activate(Heap* parent);

  // The heap that the thread of `heap` should run now: its parent, if that is idle by now, with all
  // slabs that `heap` owned; else `heap`.
  Heap* Succeed(Heap* heap);

  // Takes the heap of a thread that ends. Its cache must be empty.
  void Retire(Heap* heap);

  // Looks after the remote frees of a heap that no thread runs.
  void Rescue(Heap* heap);

  // One block, for a thread that has no heap any more (or cannot have one); null when memory is
  // exhausted.
  FreeBlock* TakeOne(SizeClass c);
  // And back.
  void GiveOne(SizeClass c, FreeBlock* block);

  // Gives all of the transfer cache's lists home, as nobody may need them.
  void FlushTransfers();

  // Gives back what nobody used in a round: runs that heaps keep, the transfer cache's lists, spare
  // slabs. For the purger; to be called once in each round.
  void ReleaseIdle();
  // Waits until the purger does not look at heaps' runs.
  void AwaitTaker() { const MutexLock lock(&mutex_); }

  // How many heaps there are, with a thread or without.
  size_t heaps() const { return made_.load(std::memory_order_relaxed); }  // a statistic

  // Whether more than kCrowd threads have a heap: then heaps begin lean (heap.h).
  bool IsCrowded() const {
    return active_.load(std::memory_order_relaxed) > kCrowd;  // a hint
  }
  static constexpr size_t kCrowd = 4;

  // So many heaps have a thread.
  void ResetActive(size_t heaps) { active_.store(heaps, std::memory_order_relaxed); }
  // In the child of a fork, while LockAll() holds: no heap but `heap`, which may be null, has one.
  void AfterForkInChild(Heap* heap) ABSL_NO_THREAD_SAFETY_ANALYSIS;

  // Around fork().
  void LockAll() ABSL_NO_THREAD_SAFETY_ANALYSIS;
  void UnlockAll() ABSL_NO_THREAD_SAFETY_ANALYSIS;

 private:
  // Those that heaps keep whose threads neither took nor freed any since this was called last,
  // linked as kept ones are; 0: none.
  Run::Link TakeIdleRuns();
  Heap* Make() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether it waits for a thread; the spare heap never does.
  bool IsIdle(const Heap* heap) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return heap->state() == Heap::State::kIdle && heap != &spare_;
  }
  void Deactivate(Heap* heap) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Runs `work(heap)` with the heap that threads without one share.
  template <typename Work>
  auto WithSpare(Work&& work);

  Mutex spare_mutex_ ABSL_ACQUIRED_BEFORE(mutex_);
  Mutex mutex_;
  Heap spare_;  // spare_mutex_'s; idle but for TakeOne and GiveOne
  Heap first_;  // the first thread's: a small program needs no page for heaps
  bool first_taken_ ABSL_GUARDED_BY(mutex_) = false;
  HeapList idle_heaps_ ABSL_GUARDED_BY(mutex_);
  HeapList active_heaps_ ABSL_GUARDED_BY(mutex_);
  Heap* fresh_ ABSL_GUARDED_BY(mutex_) = nullptr;  // never used yet, [fresh_, fresh_end_)
  Heap* fresh_end_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::atomic<size_t> made_{0};
  std::atomic<size_t> active_{0};  // that a thread has
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_HEAP_REGISTRY_H_
