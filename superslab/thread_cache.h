// The thread cache: a list of free blocks per size class, in thread-local storage. It is the hit
// path: a malloc pops, a free pushes; neither takes a lock or touches memory that other threads
// touch.
//
//   head[c] -> block -> block -> ... -> null     LIFO: the block freed last is the warmest
//   room[c] = how many more blocks of class c fit before the list must be looked at
//
//   length(head[c]) + room[c] <= heap->budget(c)     at every moment; = for mid classes
//
// Frees count, of mid blocks mallocs too: their lists are short, and walking one would touch cold
// lines, each far from the next. A tiny list is walked, at most half the limit of it, when it is
// looked at; which happens after so many frees, however often mallocs came in between, so that
// blocks of other heaps are seen in time.
//
// Frees go past a list that is full, straight to the slabs (PushSlow). A list that is idle goes
// home, and so do all where the thread shrinks (idle_lists.h).
//
// All zeros is the state of a thread that never allocated: every list is empty and has no room, so
// the first malloc and the first free both take the slow way, and the hit path needs no test for
// it. A thread that has ended is back in that state, for good. (But for class kNoClass, which has
// no list: AttachToFree.)
//
// While the process is observed it stays that way, and another cache serves (superslab/observer.h).
//
// Blocks of other threads' slabs are handed out again like any other, until the list is looked at:
// then they go home, so that two threads do not keep writing to one cache line in turn. (Lists of a
// lean heap's thread go on to others as they are.)
//
// Only the thread itself touches its cache.
#ifndef HAKMEM_SUPERSLAB_THREAD_CACHE_H_
#define HAKMEM_SUPERSLAB_THREAD_CACHE_H_

#include <cstdint>

#include "core/call.h"
#include "core/compiler.h"
#include "core/size_classes.h"
#include "superslab/slab.h"

namespace hakmem {

class Heap;
struct ObservedThread;

// Whether mallocs of the class count.
constexpr bool CountsPops(SizeClass c) { return c >= kTinyEnd; }

struct ThreadCache {
  FreeBlock* head[kNumClasses];
  uint16_t room[kNumClasses];
  ClassSet passing;          // of classes whose list is full, or went home: frees go past it
  uint16_t passes_left;      // so many frees go past lists until one is sampled
  bool exiting;              // the thread is ending: other destructors of its own may still run
  bool detached;             // it has ended: no heap any more, not even a new one
  uint32_t number;           // of an observed thread, else 0
  Heap* heap;                // null until it allocates or frees some, when detached, when observed
  ObservedThread* observed;  // null unless the process is observed

  // A block of class `c`; null and ENOMEM when memory is exhausted. `request` is what the program
  // asked for, if an observer is to hear of it.
  HAK_INLINE void* Pop(SizeClass c, Request request = {}) {
    FreeBlock* const b = head[c];
    if (HAK_UNLIKELY(b == nullptr)) return Refill(c, request);
    head[c] = b->next;
    if (CountsPops(c)) ++room[c];
    HAK_PREFETCH(b->next);
    return b;
  }

  // As Pop; the block's first `size` bytes are zero. What reads so already is not touched.
  void* PopZeroed(SizeClass c, size_t size, Request request);

  // Takes back block `p` of class `c`. `call` is the program's, if an observer is to hear of it.
  HAK_INLINE void Push(void* p, SizeClass c, Call call = Call::kNone) {
    if (HAK_UNLIKELY(room[c] == 0)) return PushSlow(p, c, call, this);
    --room[c];
    FreeBlock* const b = static_cast<FreeBlock*>(p);
    b->next = head[c];
    head[c] = b;
  }

  // Fills list `c` from the heap and pops. `*zeroed`, if asked: whether the block reads as zero but
  // for its first word.
  HAK_SLOW void* Refill(SizeClass c, Request request, bool* zeroed = nullptr);
  // As Push, when there is no room. A leaf for blocks that go past the list (see Slab::PutOne); its
  // parameters are where the hit path has them.
  HAK_NOINLINE static void PushSlow(void* p, SizeClass c, Call call, ThreadCache* cache);
  // Gives every block home; no list has room then.
  void FlushAll();
  // Where memory is exhausted: gives back all that the thread keeps. It has a heap.
  void GiveAllBack();
  // The cache that holds the thread's blocks: this one, or the hidden one of an observed thread.
  ThreadCache& InUse();
  // Blocks in list `c`, as far as `most`.
  uint32_t Length(SizeClass c, uint32_t most = UINT32_MAX) const;

  // Gives the thread a heap, related to that of the block that it freed first, if it did; false
  // when it can't have one.
  bool Attach();
  // Where time has passed, the heap has grown or the thread shrinks: gives back what nobody wanted
  // for a while, of the process's memory and of the thread's lists. Class `wanted` is wanted now;
  // kNoClass: none is.
  void FlushIdle(SizeClass wanted);
  // Says that list `c` has `length` blocks, and makes room for as many more as `most` leaves.
  void SetRoom(SizeClass c, uint32_t length, uint32_t most);
  // The thread ends. Called twice: the C library runs the hooks of a thread in rounds, and in the
  // first one those of others may still allocate. In the second one everything goes home; whatever
  // still allocates after that gets its blocks one by one.
  void ThreadExit();

 private:
  // Likewise, where it frees `b`: not at once. A thread that never called may do so first when its
  // exit hooks have run, as glibc frees what belongs to stacks of threads then; it would leave the
  // heap behind.
  bool AttachToFree(const FreeBlock* b);

  // Looks at list `c`, makes room, and pushes.
  void LookAndPush(void* p, SizeClass c, Call call);
  // Likewise, with its parameters where PushSlow has them, which saves that five moves.
  HAK_SLOW static void LookAndPushFor(void* p, SizeClass c, Call call, ThreadCache* cache);
  // Looks at list `c` where the heap is lean, makes room, and pushes; the first block goes home if
  // it is of another heap's slab.
  void LookAndGather(FreeBlock* b, SizeClass c);
  // Takes back block `b` of class `c`, of which the thread only frees: past the list.
  void PassBy(FreeBlock* b, SizeClass c);

  // In builds that validate: that list `c` of a mid class has as many blocks as is counted.
  void CheckLength(SizeClass c, uint32_t length) const;

  // Gives those of the newest blocks in list `c` home that are of other heaps' slabs. Returns how
  // many.
  uint32_t FlushForeign(SizeClass c);
  // Lets frees of class `c` go past its list from now on.
  void StartPassing(SizeClass c);
  // Gives all of list `c` home; it has no room then.
  void FlushList(SizeClass c);
  // Takes all of list `c`, which ends with null; it has no room then. The chain has no tail.
  Chain Detach(SizeClass c);
};

// dlopen() must find room for it in the static thread-local storage that glibc keeps spare, 512
// bytes by default (tools/check_shared_library.py).
static_assert(sizeof(ThreadCache) <= 512);

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_THREAD_CACHE_H_
