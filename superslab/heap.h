// A heap: the slabs that one thread owns, behind its thread cache. Also the orphans' heap, which
// owns the slabs of threads that ended (heap_registry.h).
//
//   partial[c]   slabs of class c that have a block to give; the first one is used first. A slab
//                that gets its first block back goes to the end, so that blocks gather in it.
//   full         slabs of all classes that have none
//   pending      slabs with remote frees: other threads push, the owner takes the whole stack
//
// Which slab a refill takes: returned blocks before never-touched ones, one slab's whole list at
// once, in time proportional to nothing. A slab that empties goes back to the superslab heap unless
// it is the only one of its class with blocks to give; the orphans keep none.
//
// Who may call: the thread that runs the heap, or for the orphans' heap whoever holds the
// registry's mutex. PushPending() and state() are for anyone.
#ifndef HAKMEM_SUPERSLAB_HEAP_H_
#define HAKMEM_SUPERSLAB_HEAP_H_

#include <atomic>
#include <cstdint>

#include "core/size_classes.h"
#include "superslab/slab.h"
#include "superslab/slab_list.h"

namespace hakmem {

class Heap {
 public:
  enum class State : uint32_t {
    kIdle,     // nobody's: waits in the registry for a thread
    kActive,   // a thread runs it and will see what is pending
    kOrphans,  // the registry's; pending slabs are looked after by whoever pushes
  };

  constexpr Heap() = default;
  explicit constexpr Heap(State state) : state_(state) {}

  // Blocks of class `c`: all that one slab has back, or up to `want` new ones in address order.
  // An empty chain when memory is exhausted. The list ends with null; the chain's tail is not set.
  Chain Take(SizeClass c, uint32_t want);

  // Takes the `count` blocks of class `c` in `list`, of any slabs, and gives each run of blocks of
  // one slab home at once: to this heap's own slabs directly, to others' as a remote free.
  void Give(SizeClass c, FreeBlock* list, uint32_t count);

  // Collects the remote frees of every slab on the pending stack. For the orphans' heap only, or
  // for the thread's own: a slab that has another owner by now is passed on to it.
  void DrainPending();

  // Passes every slab on the pending stack of this heap, which owns none, on to its owner. The
  // caller holds the registry's mutex, so that no owner changes.
  void PassOnPending();

  // Takes a slab over from nobody or from the orphans; it has blocks to give.
  void Own(Slab* slab);
  // Gives up the first slab of class `c` that has blocks to give; null when there is none.
  Slab* Disown(SizeClass c);

  // Hands every slab to `heir`, but gives those without live blocks back to the superslab heap.
  void BequeathTo(Heap* heir);

  // Gives the slabs without live blocks back to the superslab heap.
  void ReleaseEmpty();

  // Says that `slab`, whose remote list was empty, has remote frees.
  static void NotifyPending(Slab* slab);

  // Whether class `c` probably has blocks to give; any thread may ask, and gets a moment's answer.
  bool MayHave(SizeClass c) const { return !partial_[c].empty(); }

  // Sequentially consistent, all three: see NotifyPending.
  State state() const { return state_.load(std::memory_order_seq_cst); }
  void SetState(State state) { state_.store(state, std::memory_order_seq_cst); }
  void PushPending(Slab* slab);

  void Validate() const;

  Heap* next_idle = nullptr;  // link of the registry's list

 private:
  void PutHome(Slab* slab, const Chain& chain);
  void PutOwn(Slab* slab, const Chain& chain);
  void Settle(Slab* slab);
  Slab* FreshSlab(SizeClass c);
  static void Release(Slab* slab);

  SlabList partial_[kNumClasses];
  SlabList full_;
  std::atomic<Slab*> pending_{nullptr};
  std::atomic<State> state_{State::kIdle};
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_HEAP_H_
