// The pool: slabs that nobody owns and that have blocks to give, for whichever thread needs one
// next. It holds what owners have beyond what they keep, and what threads that ended left behind:
// so memory freed by one thread serves the others.
//
// Thin slabs, of which few blocks are in use (Slab::IsThin), are apart, the oldest first. They are
// taken last, and give pages back when the heap is about to grow, or after two rounds of the
// superslab heap (its rule 3).
//
// Two lists and a lock for each size class. Thread-safe. Lock order: the heaps' mutex, then a
// class's lock, then the superslab heap's.
#ifndef HAKMEM_SUPERSLAB_SLAB_POOL_H_
#define HAKMEM_SUPERSLAB_SLAB_POOL_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/lock.h"
#include "core/size_classes.h"
#include "superslab/slab.h"
#include "superslab/slab_list.h"

namespace hakmem {

class SlabPool {
 public:
  constexpr SlabPool() = default;

  // A slab of class `c`, `taker`'s from now on; null if there is none. Rather one that `taker`
  // or `parent` took blocks of last: its live blocks are probably the same thread's, and no cache
  // line will be shared; and among those rather a fuller one.
  Slab* Take(SizeClass c, Heap* taker, const Heap* parent);

  // Takes over a slab that `owner` owns and that is in no list; false when it has remote blocks.
  bool Put(Slab* slab, Heap* owner);

  enum class Given {
    kTaken,      // the slab stays in the pool
    kYours,      // it has left the pool and is the giver's
    kNotPooled,  // nothing was done: the slab is not in the pool
  };
  enum class Claim { kIfEmpty, kUnlessThin, kAlways };
  // Puts a chain of blocks of a pooled slab back. The slab is the giver's when `claim` says so, and
  // when no block of it is out any more.
  Given Give(Slab* slab, const Chain& chain, Heap* giver, Claim claim);

  // Slab::PurgePages for a slab of the pool, whose memory is the caller's business.
  using PurgePages = size_t (*)(Slab*);
  // Gives pages of thin slabs back, large blocks' first, until `most` are or there are no more. Not
  // of more than 64 slabs at once.
  void PurgeThin(size_t most, PurgePages purge_pages);
  // The superslab heap's `round` has come: gives the pages of slabs back that have been thin for
  // two. Not of more than 64 slabs at once: the next calls go on.
  void PurgeOld(uint16_t round, PurgePages purge_pages);
  // Whether it did not get to all of them.
  bool HasOld() const { return has_old_.load(std::memory_order_relaxed); }  // a hint
  // Gives all pages back that can be. Returns how many.
  size_t PurgeAll(PurgePages purge_pages);
  // How many pages went back so far.
  size_t purged_pages() const { return purged_pages_.load(std::memory_order_relaxed); }

  // Around fork().
  void LockAll() ABSL_NO_THREAD_SAFETY_ANALYSIS;
  void UnlockAll() ABSL_NO_THREAD_SAFETY_ANALYSIS;

 private:
  struct Class {
    Mutex mutex;
    SlabList slabs ABSL_GUARDED_BY(mutex);
    SlabList thin ABSL_GUARDED_BY(mutex);
    bool SeemsEmpty() const;  // without the mutex: a hint
  };
  void Enter(Class& pool, Slab* slab) ABSL_EXCLUSIVE_LOCKS_REQUIRED(pool.mutex);
  static void Leave(Class& pool, Slab* slab) ABSL_EXCLUSIVE_LOCKS_REQUIRED(pool.mutex);
  // Purges the oldest thin slab of a class, if it has been so for `rounds`. False when there is
  // none.
  bool PurgeOldest(Class& pool, int rounds, PurgePages purge_pages, size_t* pages);
  size_t Purge(Slab* slab, PurgePages purge_pages);

  Class classes_[kNumClasses];
  std::atomic<size_t> purged_pages_{0};  // relaxed: a statistic
  std::atomic<uint16_t> round_{0};       // of the superslab heap, as far as it was told
  std::atomic<bool> has_old_{false};     // more is to be done in this round
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_SLAB_POOL_H_
