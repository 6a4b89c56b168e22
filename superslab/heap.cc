#include "superslab/heap.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "core/compiler.h"
#include "core/report.h"
#include "superslab/process.h"

namespace hakmem {
namespace {

// How many slabs of a class with blocks to give a heap keeps for itself; the others go to the pool.
constexpr uint32_t kKeptSlabs = 4;

char* StartOf(const Slab* slab) { return process.superslabs.space().StartOf(slab); }

SlabMarks* MarksOf(const Slab* slab) { return process.superslabs.space().MarksOf(StartOf(slab)); }

void Validate(const Slab* slab) { slab->Validate(StartOf(slab), MarksOf(slab)); }

// The slab of block `b`, which must be of class `c`.
Slab* SlabOf(const FreeBlock* b, SizeClass c) {
  const RegionMap& map = process.superslabs.map();
  const size_t u = map.UnitOf(b);
  if (HAK_UNLIKELY(u >= map.units() || map.Get(u) != c)) {
    ReportCorruption("a cached free block is not of its size class: a write after free", b);
  }
  return process.superslabs.space().SlabOf(b);
}

void ReleaseRun(size_t first, size_t units) { process.FreeRun(first, units); }

bool AreInOneSlab(const FreeBlock* a, const FreeBlock* b) {
  return (reinterpret_cast<uintptr_t>(a) ^ reinterpret_cast<uintptr_t>(b)) < kSlabBytes;
}

// Blocks on their way home, gathered by slab: a block usually follows others of its slab, but in a
// list of mixed origin not at once.
class BatchBySlab {
 public:
  // Adds blocks of a slab; calls send(slab, chain) when their place was another slab's.
  template <typename Send>
  void Add(Slab* slab, const Chain& chain, Send&& send) {
    const size_t i = (reinterpret_cast<uintptr_t>(slab) / sizeof(Slab)) % kBuckets;
    const uint64_t bit = uint64_t{1} << i;
    Bucket& bucket = buckets_[i];
    if ((used_ & bit) != 0 && bucket.slab == slab) {
      chain.tail->next = bucket.head;
      bucket.head = chain.head;
      bucket.count += chain.count;
      return;
    }
    if ((used_ & bit) != 0) send(bucket.slab, bucket.chain());
    used_ |= bit;
    bucket = {slab, chain.head, chain.tail, chain.count};
  }

  template <typename Send>
  void Finish(Send&& send) {
    for (uint64_t used = used_; used != 0; used &= used - 1) {
      const Bucket& bucket = buckets_[std::countr_zero(used)];
      send(bucket.slab, bucket.chain());
    }
  }

 private:
  static constexpr size_t kBuckets = 64;  // 2 KiB of stack
  struct Bucket {
    Chain chain() const { return {head, tail, count}; }
    Slab* slab;
    FreeBlock* head;
    FreeBlock* tail;
    uint32_t count;
  };
  uint64_t used_ = 0;         // bit i: bucket i is in use
  Bucket buckets_[kBuckets];  // initialised where it is used: most lists that go home are short
};

}  // namespace

Chain Heap::Take(SizeClass c, uint32_t most) {
  DrainIfPending();
  if (!lean_) return TakeFromSlab(c, most);
  Chain chain = process.transfers.Take(c);
  const bool trip = chain.count == 0;
  if (trip) chain = TakeFromSlab(c, most);
  took_.Add(c);
  lean_traffic_.Take(chain.count * size_t{kGeometry[c].stride}, platform::NowMs());
  if (trip) lean_traffic_.Trip();
  if (lean_traffic_.IsHeavy()) SetLean(false);
  return chain;
}

Chain Heap::TakeFromSlab(SizeClass c, uint32_t most) {
  Slab* const slab = FindSlab(c);
  if (slab == nullptr) return {};
  if (config::kValidate) hakmem::Validate(slab);
  took_.Add(c);
  slab->taker.store(this, std::memory_order_relaxed);  // a hint: see TakerOf
  const Chain chain = slab->Take(StartOf(slab), MarksOf(slab), most);
  if (!slab->HasBlocks()) {
    filled_.Add(c);
    Unlist(slab);
    // If it has remote blocks it stays this heap's, and comes back when they are collected.
    slab->LetGo(this, Slab::To::kFloat);
  } else if (lean_ && slab->HasReturned()) {
    GiveToPool(slab);
  }
  return chain;
}

void Heap::SetLean(bool lean) {
  if (lean == lean_) return;
  lean_ = lean;
  lean_traffic_ = {};
  if (!lean) return;
  for (SlabList& partial : partial_) {
    while (Slab* const slab = partial.front()) Settle(slab);
  }
}

void Heap::BeginRound(uint16_t begun) {
  {
    const UseOfRuns use(this);
    runs_.EndRound(process.superslabs.space(), &process.run_room, ReleaseRun);
  }
  lean_traffic_.NewRound();
  home_bytes_ = 0;
  const bool crowded = process.heaps.IsCrowded();
  if (!crowded) process.heaps.FlushTransfers();
  const bool waited = begun > 1;
  SetLean(crowded && (lean_ || waited));
}

// A slab of class `c` that has blocks to give, owned and listed.
Slab* Heap::FindSlab(SizeClass c) {
  // All but a few of them have returned blocks: those that are being carved, or whose pages went
  // back.
  Slab* slab = partial_[c].front();
  while (slab != nullptr && !slab->HasReturned()) slab = slab->next;
  if (slab == nullptr) slab = partial_[c].front();
  if (slab != nullptr) return slab;
  slab = process.pool.Take(c, this, parent);
  if (slab == nullptr) {
    idle_lists_.TookSlab();  // one that was empty, like those that it gives back
    slab = TakeSpare(c);
  }
  if (slab == nullptr) slab = FreshSlab(c);
  if (slab != nullptr) List(slab);
  return slab;
}

Slab* Heap::TakeSpare(SizeClass c) {
  Slab* const slab = process.spares.Take(c);
  if (slab != nullptr) slab->SetOwner(this);
  return slab;
}

Slab* Heap::FreshSlab(SizeClass c) {
  const SuperslabHeap::SlabUnits fresh = process.superslabs.AllocateSlab(c);
  const size_t u = fresh.first;
  if (u == SuperslabHeap::kNone) return nullptr;
  process.PurgePool();
  if (fresh.zeroed) idle_lists_.TookNewSlab();
  Slab* const slab = process.superslabs.space().slab(u);
  // All pages at once, though carving goes by page, if this heap filled a slab of the class before:
  // then it will fill this one, too, as a rule. Not where a block may have pages of its own that
  // the program never touches.
  uint8_t touched = fresh.as_before ? slab->touched_pages : 0;
  if (fresh.zeroed && u >= AddressSpace::kSmallHeapUnits && kGeometry[c].stride <= kPageBytes &&
      filled_.Has(c) && platform::Populate(StartOf(slab), kSlabBytes)) {
    touched = Slab::kPages;
  }
  slab->Init(c, fresh.zeroed, touched, process.superslabs.space().has_marks());
  if (!fresh.zeroed && !fresh.as_before) {
    process.superslabs.PurgeTail(u, kUnitsPerSlab, slab->PagesOfBlocks() * kPageBytes);
  }
  slab->SetOwner(this);
  process.superslabs.map().SetSlab(u, c);
  return slab;
}

Heap* Heap::TakerOf(const FreeBlock* b) {
  // Relaxed: a hint.
  return process.superslabs.space().SlabOf(b)->taker.load(std::memory_order_relaxed);
}

void Heap::Flush(SizeClass c, FreeBlock* list, uint32_t count) {
  const size_t bytes = count * size_t{kGeometry[c].stride};
  home_bytes_ += bytes;
  if (lean_) lean_traffic_.GiveBack(bytes);
  if (count == 1) return FlushToSlab(SlabOf(list, c), {list, list, 1});
  BatchBySlab batch;
  const auto send = [this](Slab* slab, const Chain& chain) { FlushToSlab(slab, chain); };
  while (count > 0) {
    Slab* const slab = SlabOf(list, c);  // before the link is followed: it may be corrupt
    Chain chain{list, list, 0};
    do {
      chain.tail = list;
      list = list->next;
      ++chain.count;
    } while (--count > 0 && AreInOneSlab(list, chain.head));
    batch.Add(slab, chain, send);
  }
  batch.Finish(send);
}

void Heap::PassOn(SizeClass c, FreeBlock* list, uint32_t count) {
  if (!process.transfers.Put(c, list, count)) return Flush(c, list, count);
  lean_traffic_.GiveBack(count * size_t{kGeometry[c].stride});
}

void Heap::ReleaseIdleShared(SizeClass c) {
  if (process.heaps.heaps() == 1) return;  // nothing is shared, and no page for it touched
  ReleaseIdleTransfers(c);
  process.FreeOldSpareSlabs(c);
}

void Heap::ReleaseIdleTransfers(SizeClass c) {
  FlushTransfers(c, process.transfers.CountIdle(c, process.superslabs.round()));
}

void Heap::FlushTransfers() {
  for (SizeClass c = 1; c < kNumClasses; ++c) FlushTransfers(c, TransferCache::kMostLists);
}

void Heap::FlushTransfers(SizeClass c, uint32_t most) {
  if (most == 0) return;
  const LeanTraffic own = lean_traffic_;  // these lists are others'
  for (; most > 0; --most) {
    const Chain chain = process.transfers.Take(c);
    if (chain.count == 0) break;
    Flush(c, chain.head, chain.count);
  }
  lean_traffic_ = own;
}

void Heap::FlushToSlab(Slab* slab, const Chain& chain) {
  if (!slab->IsOwnedBy(this)) return FlushToForeign(slab, chain);
  slab->PutFree(chain);
  Settle(slab);
}

bool Heap::PutOwn(FreeBlock* b) {
  Slab* const slab = process.superslabs.space().SlabOf(b);
  if (!slab->IsOwnedBy(this)) {
    // Relaxed: hints, which Claim() decides.
    if (slab->taker.load(std::memory_order_relaxed) != this || !slab->Floats()) return false;
    if (!slab->Claim(this)) return false;
  }
  slab->PutPast(b, MarksOf(slab));
  Settle(slab);
  return true;
}

// Gives blocks to a slab that is not this heap's, at least not yet.
void Heap::FlushToForeign(Slab* slab, const Chain& chain) {
  lean_traffic_.Trip();
  while (true) {
    Heap* owner;
    switch (slab->PushRemote(StartOf(slab), chain, &owner)) {
      case Slab::Pushed::kPushed:
        return;
      case Slab::Pushed::kFirst:
        return NotifyPending(slab, owner);
      case Slab::Pushed::kNotOwned:
        break;
    }
    if (slab->Claim(this)) {
      slab->PutFree(chain);
      return Settle(slab);
    }
    switch (process.pool.Give(slab, chain, this, ClaimOf(slab))) {
      case SlabPool::Given::kTaken:
        return;
      case SlabPool::Given::kYours:
        return Settle(slab);
      case SlabPool::Given::kNotPooled:
        break;  // it changed hands meanwhile
    }
  }
}

// When a pooled slab that gets blocks back should become this heap's.
SlabPool::Claim Heap::ClaimOf(const Slab* slab) const {
  const SizeClass c = slab->size_class;
  if (!OnlyFrees(c)) return HasRoomFor(c) ? SlabPool::Claim::kAlways : SlabPool::Claim::kIfEmpty;
  return MayStayAtHome(slab) ? SlabPool::Claim::kUnlessThin : SlabPool::Claim::kIfEmpty;
}

// Whether one more slab of class `c` with blocks to give should be kept, by a thread that does not
// only free.
bool Heap::HasRoomFor(SizeClass c) const { return MayOwn() && partial_[c].size() < kKeptSlabs; }

// Whether an owned slab with blocks to give should stay. A thread that only frees keeps those from
// which it took: it will want them back, and until then gives them blocks without a lock. But see
// KeepThin.
bool Heap::MayKeep(const Slab* slab) const {
  const SizeClass c = slab->size_class;
  return OnlyFrees(c) ? MayStayAtHome(slab) : (slab->IsListedBy(this) && MayOwn()) || HasRoomFor(c);
}

// Whether an owned slab without live blocks should stay.
bool Heap::MayKeepEmpty(const Slab* slab) const {
  const SizeClass c = slab->size_class;
  if (OnlyFrees(c) || !MayOwn()) return false;
  return slab->IsListedBy(this) ? partial_[c].size() == 1 : partial_[c].empty() && HasRoomFor(c);
}

bool Heap::MayStayAtHome(const Slab* slab) const {
  return MayOwn() && slab->taker.load(std::memory_order_relaxed) == this;  // a hint
}

// Puts an owned slab that got blocks back where it belongs now.
void Heap::Settle(Slab* slab) {
  if (config::kValidate) hakmem::Validate(slab);
  const bool listed = slab->IsListedBy(this);
  const bool empty = slab->used() == 0;
  if (empty && !MayKeepEmpty(slab)) {
    if (listed) Unlist(slab);
    return Release(slab);
  }
  if (empty) ForgetThin(slab);
  if (!MayKeep(slab)) return GiveToPool(slab);
  if (!listed) List(slab);
  if (OnlyFrees(slab->size_class) && slab->IsThin()) KeepThin(slab);
}

// Keeps a slab that has become thin, as it may be about to empty, and lets go of the one before it:
// the pool gives the pages of thin slabs back.
void Heap::KeepThin(Slab* slab) {
  if (slab->thin) return;
  Slab*& last = last_thin_[slab->size_class];
  if (last != nullptr) GiveToPool(last);
  last = slab;
  slab->thin = true;
}

// No longer notes a slab as thin, if it does.
void Heap::ForgetThin(Slab* slab) {
  if (last_thin_[slab->size_class] != slab) return;
  last_thin_[slab->size_class] = nullptr;
  slab->thin = false;
}

// Lets go of an owned slab that has blocks to give.
void Heap::GiveToPool(Slab* slab) {
  if (slab->IsListedBy(this)) Unlist(slab);
  // If it has remote blocks it stays this heap's, and comes back when they are collected.
  process.pool.Put(slab, this);
}

void Heap::List(Slab* slab) {
  partial_[slab->size_class].PushBack(slab);
  slab->lister.store(this, std::memory_order_relaxed);  // for the heap itself: see PutOne
}

void Heap::Unlist(Slab* slab) {
  partial_[slab->size_class].Remove(slab);
  slab->lister.store(nullptr, std::memory_order_relaxed);
  ForgetThin(slab);
}

// Lets go of an owned slab without live blocks, which is in no list. Where there are other heaps,
// one of them may want it soon.
void Heap::Release(Slab* slab) {
  slab->LetGo(this, Slab::To::kFloat);
  idle_lists_.GaveSlab(list_limits_.Bytes());
  const SizeClass c = slab->size_class;
  const bool spare =
      process.heaps.heaps() > 1 && process.spares.Put(c, slab, process.superslabs.round());
  if (!spare) process.FreeSlab(slab);
}

void Heap::UseOfRuns::AwaitTaker() { process.heaps.AwaitTaker(); }

Run::Link Heap::TakeKeptRuns(Run::Link taken) {
  const AddressSpace& space = process.superslabs.space();
  runs_.StartAnew(space, &process.run_room, [&](size_t first, size_t) {
    space.run(first)->SetKept(taken);
    taken = static_cast<Run::Link>(first) + 1;
  });
  return taken;
}

size_t Heap::TakeRun(size_t* units, size_t most) {
  const UseOfRuns use(this);
  return runs_.Take(process.superslabs.space(), &process.run_room, units, most, ReleaseRun);
}

void Heap::KeepRun(size_t first, size_t units) {
  process.purger.Notice();
  const UseOfRuns use(this);
  runs_.Put(process.superslabs.space(), first, units, ReleaseRun);
}

bool Heap::DropRun(size_t first) {
  const UseOfRuns use(this);
  return runs_.Drop(process.superslabs.space(), first, ReleaseRun);
}

void Heap::DrainPending() {
  // Sequentially consistent: see NotifyPending. It also acquires what PushPending released.
  Slab* slab = pending_.exchange(nullptr, std::memory_order_seq_cst);
  while (slab != nullptr) {
    const uint32_t next = slab->next_pending;
    slab->CollectRemote(StartOf(slab));
    Settle(slab);
    slab = next == 0 ? nullptr : process.superslabs.space().slab(next - 1);
  }
}

void Heap::PushPending(Slab* slab) {
  Slab* old = pending_.load(std::memory_order_relaxed);  // the compare-and-swap checks it
  do {
    slab->next_pending =
        old == nullptr ? 0 : static_cast<uint32_t>(process.superslabs.space().UnitOfSlab(old)) + 1;
  } while (!pending_.compare_exchange_weak(old, slab, std::memory_order_seq_cst,
                                           std::memory_order_relaxed));
}

// A slab must not lie on the pending stack of a heap that nobody looks after. Whoever retires a
// heap sets its state, then drains its stack; whoever pushes reads the state after the push. Both
// orders are sequentially consistent, so at least one of the two sees the other and drains.
void Heap::NotifyPending(Slab* slab, Heap* owner) {
  owner->PushPending(slab);
  if (HAK_UNLIKELY(owner->state() != State::kActive)) process.heaps.Rescue(owner);
}

void Heap::ReleaseEmpty() {
  {
    const UseOfRuns use(this);
    runs_.Clear(process.superslabs.space(), ReleaseRun);
  }
  for (SizeClass c = 1; c < kNumClasses; ++c) ReleaseIdle(c);
}

void Heap::ReleaseIdle(SizeClass c) {
  if (last_thin_[c] != nullptr) GiveToPool(last_thin_[c]);
  // An empty one was the only one, and stays the first.
  Slab* const slab = partial_[c].front();
  if (slab == nullptr || slab->used() != 0) return;
  Unlist(slab);
  Release(slab);
}

void Heap::BequeathTo(Heap* heir) {
  std::swap(lean_, heir->lean_);
  std::swap(lean_traffic_, heir->lean_traffic_);
  // The notes are this heap's: such slabs go to the pool.
  for (Slab* slab : last_thin_) {
    if (slab != nullptr) GiveToPool(slab);
  }
  for (SlabList& partial : partial_) {
    while (Slab* const slab = partial.front()) {
      Unlist(slab);
      // If it has remote blocks, it comes back when they are collected.
      if (slab->PassOn(this, heir)) heir->List(slab);
    }
  }
  // What an idle heap has of these is stale.
  std::swap(runs_, heir->runs_);
  std::swap_ranges(std::begin(budget_), std::end(budget_), std::begin(heir->budget_));
  std::swap_ranges(std::begin(stay_), std::end(stay_), std::begin(heir->stay_));
  std::swap(took_, heir->took_);
  std::swap(filled_, heir->filled_);
  std::swap(idle_lists_, heir->idle_lists_);
  std::swap(list_limits_, heir->list_limits_);
}

void Heap::LetGoOfAll() {
  ReleaseEmpty();
  for (SlabList& partial : partial_) {
    while (Slab* const slab = partial.front()) GiveToPool(slab);
  }
  took_ = {};
  filled_ = {};
  list_limits_ = {};
  lean_traffic_.ThreadEnds();
  idle_lists_.ThreadEnds();
  const UseOfRuns use(this);
  runs_.Reset(process.superslabs.space(), &process.run_room, ReleaseRun);
}

void Heap::Validate() const {
  for (const SlabList& partial : partial_) {
    for (const Slab* slab = partial.front(); slab != nullptr; slab = slab->next) {
      if (!slab->IsListedBy(this) || !slab->HasBlocks() || !slab->IsOwnedBy(this)) {
        ReportCorruption("a heap's list has a slab that should not be there", slab);
      }
      if (slab->thin != (slab == last_thin_[slab->size_class])) {
        ReportCorruption("a heap's slab is thin and not noted, or noted and not thin", slab);
      }
      hakmem::Validate(slab);
    }
  }
  for (const Slab* slab : last_thin_) {
    if (slab != nullptr && !slab->IsListedBy(this)) {
      ReportCorruption("a thin slab that is not the heap's", slab);
    }
  }
}

}  // namespace hakmem
