// The pool: slabs that nobody owns and that have blocks to give, for whichever thread needs one
// next. It holds what owners have beyond what they keep, and what threads that ended left behind:
// so memory freed by one thread serves the others.
//
// A list and a lock for each size class. Thread-safe. Lock order: the heaps' mutex, then a class's
// lock, then the superslab heap's.
#ifndef HAKMEM_SUPERSLAB_SLAB_POOL_H_
#define HAKMEM_SUPERSLAB_SLAB_POOL_H_

#include "core/lock.h"
#include "core/size_classes.h"
#include "superslab/slab.h"
#include "superslab/slab_list.h"

namespace hakmem {

class SlabPool {
 public:
  constexpr SlabPool() = default;

  // A slab of class `c`, `heir`'s from now on; null if there is none. Rather one whose home is
  // `heir` or `parent`: its live blocks are probably the same thread's, and no cache line will be
  // shared; and among those rather a fuller one.
  Slab* Take(SizeClass c, Heap* heir, const Heap* parent);

  // Takes over a slab that `owner` owns and that is in no list; false when it has remote blocks.
  bool Put(Slab* slab, Heap* owner);

  enum class Given {
    kTaken,      // the slab stays in the pool
    kYours,      // it has left the pool and is the giver's
    kNotPooled,  // nothing was done: the slab is not in the pool
  };
  // Puts a chain of blocks of a pooled slab back. The slab is the giver's when `claim` says so, and
  // when no block of it is out any more.
  Given Give(Slab* slab, const Chain& chain, Heap* giver, bool claim);

  // Around fork().
  void LockAll() ABSL_NO_THREAD_SAFETY_ANALYSIS;
  void UnlockAll() ABSL_NO_THREAD_SAFETY_ANALYSIS;

 private:
  struct Class {
    Mutex mutex;
    SlabList slabs ABSL_GUARDED_BY(mutex);
  };
  Class classes_[kNumClasses];
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_SLAB_POOL_H_
