// A heap: the slabs that one thread owns, behind its thread cache.
//
//   partial[c]   slabs of class c that have a block to give; the first with returned blocks is used
//                first, and never-touched ones are carved when there is none. A slab that gets its
//                first block back goes to the end, so that blocks gather in it.
//   pending      owned slabs with remote blocks: other threads push, the owner takes the whole
//                stack
//   runs         a few freed runs (run_cache.h)
//
// A slab that has no block left to give floats: it is the heap's again, or another's, when somebody
// gives a block of it back (slab.h). So a heap owns few slabs, and a thread that sleeps holds back
// little. What comes back beyond kKeptSlabs of a class goes to the pool (slab_pool.h). A thread
// that only frees keeps the slabs that it took blocks of last, however many, until they are thin,
// and the last of those until it is empty.
//
// Which slab a refill takes: returned blocks before never-touched ones, one slab's whole list at
// once as a rule, in constant time when it is found. A slab that empties goes back to the superslab
// heap unless it is the only one of its class with blocks to give, and the thread does not only
// free.
//
// A lean heap owns no slab that has returned blocks: it takes the list of one of the pool's, and
// what comes back goes there. So a thread that waits holds back what is on its lists, which are
// short as a rule, and others use the slabs that it used. Whole lists go from one lean heap to the
// next (transfer_cache.h) as long as there is room for them. Where there are many threads
// (HeapRegistry::IsCrowded), heaps begin lean, and are again when their threads call after they
// waited for a round. One whose thread works ceases to be (lean_traffic.h).
//
// Who may call: the thread that runs the heap, or, when no thread does, whoever holds the
// registry's mutex. PushPending() and state() are for anyone.
#ifndef HAKMEM_SUPERSLAB_HEAP_H_
#define HAKMEM_SUPERSLAB_HEAP_H_

#include <atomic>
#include <cstdint>

#include "core/size_classes.h"
#include "superslab/idle_lists.h"
#include "superslab/lean_traffic.h"
#include "superslab/list_limits.h"
#include "superslab/owner_guard.h"
#include "superslab/run_cache.h"
#include "superslab/slab.h"
#include "superslab/slab_list.h"
#include "superslab/slab_pool.h"
#include "superslab/zero_scan.h"

namespace hakmem {

// Apart from its neighbours in memory: other threads run them.
class alignas(kCacheLineBytes) Heap {
 public:
  enum class State : uint32_t {
    kIdle,    // no thread runs it; pending slabs are looked after by whoever pushes
    kActive,  // a thread runs it and will see what is pending
  };

  constexpr Heap() = default;

  // Up to `most` blocks of class `c`: those that one slab has back, in constant time if it has no
  // more, or a page's that went back to the kernel, or new ones in address order. A lean heap takes
  // a list of the transfer cache, however long, before. An empty chain when memory is exhausted.
  // The list ends with null; the chain's tail may be unset.
  Chain Take(SizeClass c, uint32_t most);

  // Takes the `count` blocks of class `c` in `list`, of any slabs, and gives each run of blocks of
  // one slab home at once: to this heap's own slabs directly, to others' as a remote free.
  void Flush(SizeClass c, FreeBlock* list, uint32_t count);
  // As Flush, of a lean heap's whole list: the transfer cache gets it, if there is room for it.
  void PassOn(SizeClass c, FreeBlock* list, uint32_t count);
  // Gives all of the transfer cache's lists home.
  void FlushTransfers();
  // Gives those of class `c` home that no thread needed of late, and such spare slabs back.
  void ReleaseIdleShared(SizeClass c);
  // The former alone.
  void ReleaseIdleTransfers(SizeClass c);
  // Gives a freed block straight to its slab, if that is this heap's, or floats and was (PutPast):
  // one look at the slab's record, and nothing atomic but the claim. False otherwise.
  bool PutOwn(FreeBlock* b);
  // Whether the thread only frees, as far as the class goes: since its list was full, none of it
  // was refilled.
  bool OnlyFrees(SizeClass c) const { return !took_.Has(c); }
  // The thread's list stays while `stay` samples are taken of the frees that go past it.
  void SetOnlyFrees(SizeClass c, uint8_t stay) {
    took_.Remove(c);
    stay_[c] = stay;
  }
  // Takes a sample; false when that was the last.
  bool ListStays(SizeClass c) { return stay_[c] != 0 && --stay_[c] != 0; }

  // Whether so many blocks went home in this round that the thread had better gather more of them
  // for a trip.
  bool MuchGoesHome() const { return home_bytes_ >= kMuchHome; }

  // For the thread's cache: what the length of list `c` and its room are together, at most.
  uint16_t budget(SizeClass c) const { return budget_[c]; }
  void SetBudget(SizeClass c, uint16_t budget) { budget_[c] = budget; }

  // Which of the thread's lists it has no use for.
  IdleLists& idle_lists() { return idle_lists_; }
  // How many blocks each of them may hold.
  ListLimits& list_limits() { return list_limits_; }

  bool IsLean() const { return lean_; }
  // Has it let go of its slabs, or lets it own some, if it was not so already.
  void SetLean(bool lean);
  // So many rounds, at least one, have begun since the thread left its cache before. Gives kept
  // runs back, if it asked for none in the last one, and makes the heap lean, or not, by the above.
  void BeginRound(uint16_t begun);

  // The heap that last took blocks of the slab of `b`. A block of another heap is called foreign.
  static Heap* TakerOf(const FreeBlock* b);
  bool IsForeign(const FreeBlock* b) const { return TakerOf(b) != this; }

  // Collects the remote frees of every slab on the pending stack.
  void DrainPending();
  // Likewise, if there seem to be any; for the thread that runs the heap.
  void DrainIfPending() {
    // Relaxed: DrainPending takes them with acquire.
    if (pending_.load(std::memory_order_relaxed) != nullptr) DrainPending();
  }

  // Hands every slab but noted ones to `heir`, and the thread with its lists. No thread runs the
  // heir yet.
  void BequeathTo(Heap* heir);

  // Lets go of every slab, those without live blocks to the superslab heap, and of kept runs.
  void LetGoOfAll();

  // The first unit of a kept run of `*units` to `most` units, as many as `*units` is then;
  // AddressSpace::kNone when there is none.
  size_t TakeRun(size_t* units, size_t most);
  // Takes a freed run of at most RunCache::kMostUnits units, to keep.
  void KeepRun(size_t first, size_t units);
  // A run has `now` units instead of `before`; 0: it was freed, but is not to be kept.
  void RunResized(size_t before, size_t now) {
    const UseOfRuns use(this);
    runs_.Return(before);
    runs_.Lend(now);
  }
  // Whether calloc looks at what it zeroes.
  ZeroScan& zero_scan() { return zero_scan_; }
  // What it has of SharedRunRoom.
  size_t shared_run_room() const { return runs_.extra_room(); }
  // Gives the kept run that starts with unit `first` back; false when it is not kept here.
  bool DropRun(size_t first);
  // For the registry, which holds its mutex: guards the kept runs.
  OwnerGuard& runs_guard() { return runs_guard_; }
  // Likewise, after the guard's Close(): takes them all, puts them before those of `taken`, which
  // are linked as kept ones are, and returns the first.
  Run::Link TakeKeptRuns(Run::Link taken);

  // Gives the slabs without live blocks, and kept runs, back to the superslab heap, and thin slabs
  // to the pool.
  void ReleaseEmpty();
  // Gives what it can of class `c` back: a slab without live blocks, and a thin one to the pool.
  void ReleaseIdle(SizeClass c);

  // Says that `slab`, which had none, has remote blocks.
  static void NotifyPending(Slab* slab, Heap* owner);

  // Sequentially consistent, all three: see NotifyPending.
  State state() const { return state_.load(std::memory_order_seq_cst); }
  void SetState(State state) { state_.store(state, std::memory_order_seq_cst); }
  void PushPending(Slab* slab);

  void Validate() const;

  Heap* parent = nullptr;  // the one to succeed to when it is idle: see HeapRegistry

  Heap* next = nullptr;  // neighbours in the registry's lists
  Heap* previous = nullptr;

 private:
  static constexpr size_t kMuchHome = 16 * 1024 * 1024;

  // While its thread uses `runs_`; not one within another.
  class UseOfRuns {
   public:
    explicit UseOfRuns(Heap* heap) : guard_(&heap->runs_guard_) {
      while (HAK_UNLIKELY(!guard_->Enter())) AwaitTaker();
    }
    ~UseOfRuns() { guard_->Leave(); }
    UseOfRuns(const UseOfRuns&) = delete;
    UseOfRuns& operator=(const UseOfRuns&) = delete;

   private:
    HAK_SLOW static void AwaitTaker();
    OwnerGuard* guard_;
  };

  Chain TakeFromSlab(SizeClass c, uint32_t most);
  void FlushTransfers(SizeClass c, uint32_t most);
  Slab* FindSlab(SizeClass c);
  Slab* TakeSpare(SizeClass c);
  Slab* FreshSlab(SizeClass c);
  void FlushToSlab(Slab* slab, const Chain& chain);
  void FlushToForeign(Slab* slab, const Chain& chain);
  bool MayOwn() const { return state() == State::kActive && !lean_; }
  bool HasRoomFor(SizeClass c) const;
  bool MayKeep(const Slab* slab) const;
  bool MayKeepEmpty(const Slab* slab) const;
  bool MayStayAtHome(const Slab* slab) const;
  SlabPool::Claim ClaimOf(const Slab* slab) const;
  void Settle(Slab* slab);
  void KeepThin(Slab* slab);
  void ForgetThin(Slab* slab);
  void GiveToPool(Slab* slab);
  void List(Slab* slab);
  void Unlist(Slab* slab);
  void Release(Slab* slab);

  SlabList partial_[kNumClasses];
  Slab* last_thin_[kNumClasses] = {};  // the one in partial_ that is noted as thin, or null
  ClassSet took_ = {};    // blocks of the class were taken since the list was last full
  ClassSet filled_ = {};  // blocks were taken until a slab of the class had none left
  uint16_t budget_[kNumClasses] = {};
  uint8_t stay_[kNumClasses] = {};
  size_t home_bytes_ = 0;  // of blocks that went home in this round
  bool lean_ = false;
  LeanTraffic lean_traffic_;  // since it is lean
  IdleLists idle_lists_;
  ListLimits list_limits_;
  std::atomic<Slab*> pending_{nullptr};
  std::atomic<State> state_{State::kIdle};
  OwnerGuard runs_guard_;  // the thread is the owner, the registry the taker
  RunCache runs_;
  ZeroScan zero_scan_;
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_HEAP_H_
