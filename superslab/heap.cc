#include "superslab/heap.h"

#include "core/compiler.h"
#include "core/report.h"
#include "superslab/process.h"

namespace hakmem {
namespace {

char* StartOf(const Slab* slab) {
  return process.superslabs.map().UnitStart(process.superslabs.space().UnitOfSlab(slab));
}

// The slab of block `b`, which must be of class `c`.
Slab* SlabOf(const FreeBlock* b, SizeClass c) {
  const RegionMap& map = process.superslabs.map();
  const size_t u = map.UnitOf(b);
  if (HAK_UNLIKELY(u >= map.units() || map.Get(u) != c)) {
    ReportCorruption("a cached free block is not of its size class: a write after free", b);
  }
  return process.superslabs.space().slab(u);
}

// Blocks on their way home, gathered by slab: a block usually follows others of its slab, but in a
// list of mixed origin not at once.
class HomeBound {
 public:
  // Adds a block; calls send(slab, chain) when its place was another slab's.
  template <typename Send>
  void Add(Slab* slab, FreeBlock* b, Send&& send) {
    Bucket& bucket = buckets_[(reinterpret_cast<uintptr_t>(slab) / sizeof(Slab)) % kBuckets];
    if (bucket.slab != slab) {
      if (bucket.slab != nullptr) send(bucket.slab, bucket.chain);
      bucket = {slab, {b, b, 1}};
      return;
    }
    b->next = bucket.chain.head;
    bucket.chain.head = b;
    ++bucket.chain.count;
  }

  template <typename Send>
  void Finish(Send&& send) {
    for (const Bucket& bucket : buckets_) {
      if (bucket.slab != nullptr) send(bucket.slab, bucket.chain);
    }
  }

 private:
  static constexpr size_t kBuckets = 16;
  struct Bucket {
    Slab* slab = nullptr;
    Chain chain;
  };
  Bucket buckets_[kBuckets];
};

}  // namespace

Chain Heap::Take(SizeClass c, uint32_t want) {
  // Relaxed: only whether there may be something; DrainPending takes it with acquire.
  if (pending_.load(std::memory_order_relaxed) != nullptr) DrainPending();
  Slab* slab = partial_[c].front();
  if (slab == nullptr) {
    slab = process.heaps.Adopt(c, this);
    if (slab == nullptr) {
      slab = FreshSlab(c);
      if (slab == nullptr) return {};
      Own(slab);
    }
  }
  if (config::kValidate) slab->Validate(StartOf(slab));
  const Chain chain = slab->free != nullptr ? slab->TakeFree() : slab->Carve(StartOf(slab), want);
  Settle(slab);
  return chain;
}

void Heap::Give(SizeClass c, FreeBlock* list, uint32_t count) {
  HomeBound home_bound;
  const auto send = [this](Slab* slab, const Chain& chain) { PutHome(slab, chain); };
  for (; count > 0; --count) {
    FreeBlock* const b = list;
    list = b->next;
    home_bound.Add(SlabOf(b, c), b, send);
  }
  home_bound.Finish(send);
}

void Heap::PutHome(Slab* slab, const Chain& chain) {
  // Relaxed: a slab is this heap's only if this thread made it so.
  if (slab->owner.load(std::memory_order_relaxed) == this) return PutOwn(slab, chain);
  if (slab->PushRemote(StartOf(slab), chain)) NotifyPending(slab);
}

void Heap::PutOwn(Slab* slab, const Chain& chain) {
  slab->PutFree(chain);
  if (config::kValidate) slab->Validate(StartOf(slab));
  Settle(slab);
}

// Puts an owned slab into the list it belongs to now, or gives it back.
void Heap::Settle(Slab* slab) {
  SlabList& partial = partial_[slab->size_class];
  const bool has_blocks = slab->HasBlocks();
  if (has_blocks != slab->in_partial) {
    (has_blocks ? full_ : partial).Remove(slab);
    (has_blocks ? partial : full_).PushBack(slab);
    slab->in_partial = has_blocks;
  }
  // Relaxed: the owner's own count.
  if (slab->used.load(std::memory_order_relaxed) == 0 &&
      (!partial.HasOne() || state() == State::kOrphans)) {
    partial.Remove(slab);
    Release(slab);
  }
}

void Heap::DrainPending() {
  // Sequentially consistent: see NotifyPending. It also acquires what PushPending released.
  Slab* slab = pending_.exchange(nullptr, std::memory_order_seq_cst);
  while (slab != nullptr) {
    Slab* const next = slab->next_pending;
    // Acquire: pairs with the release in Own of the thread that adopted the slab meanwhile.
    if (slab->owner.load(std::memory_order_acquire) == this) {
      slab->CollectRemote(StartOf(slab));
      Settle(slab);
    } else {
      NotifyPending(slab);
    }
    slab = next;
  }
}

void Heap::PassOnPending() {
  Slab* slab = pending_.exchange(nullptr, std::memory_order_seq_cst);  // see NotifyPending
  while (slab != nullptr) {
    Slab* const next = slab->next_pending;
    slab->owner.load(std::memory_order_acquire)->PushPending(slab);  // acquire: see DrainPending
    slab = next;
  }
}

void Heap::PushPending(Slab* slab) {
  Slab* old = pending_.load(std::memory_order_relaxed);  // the compare-and-swap checks it
  do {
    slab->next_pending = old;
  } while (!pending_.compare_exchange_weak(old, slab, std::memory_order_seq_cst,
                                           std::memory_order_relaxed));
}

// A slab must not lie on the pending stack of a heap that nobody looks after. Whoever retires a
// heap sets its state, then drains its stack; whoever pushes reads the state after the push. Both
// orders are sequentially consistent, so at least one of the two sees the other and drains.
void Heap::NotifyPending(Slab* slab) {
  Heap* const owner = slab->owner.load(std::memory_order_acquire);  // see DrainPending
  owner->PushPending(slab);
  if (HAK_UNLIKELY(owner->state() != State::kActive)) process.heaps.Rescue(owner);
}

void Heap::Own(Slab* slab) {
  partial_[slab->size_class].PushBack(slab);
  slab->in_partial = true;
  // Release: pairs with the acquires in DrainPending and NotifyPending.
  slab->owner.store(this, std::memory_order_release);
}

Slab* Heap::Disown(SizeClass c) {
  Slab* const slab = partial_[c].front();
  if (slab != nullptr) partial_[c].Remove(slab);
  return slab;
}

Slab* Heap::FreshSlab(SizeClass c) {
  bool zeroed;
  const size_t u = process.superslabs.Allocate(1, 1, &zeroed);
  if (u == SuperslabHeap::kNone) return nullptr;
  Slab* const slab = process.superslabs.space().slab(u);
  slab->Init(c);
  process.superslabs.map().Set(u, static_cast<uint8_t>(c));
  return slab;
}

void Heap::Release(Slab* slab) {
  const size_t u = process.superslabs.space().UnitOfSlab(slab);
  process.superslabs.map().Set(u, kNoClass);
  process.superslabs.Free(u, 1);
}

void Heap::ReleaseEmpty() {
  for (SlabList& partial : partial_) {
    for (Slab* slab = partial.front(); slab != nullptr;) {
      Slab* const next = slab->next;
      if (slab->used.load(std::memory_order_relaxed) == 0) {  // the owner's own count
        partial.Remove(slab);
        Release(slab);
      }
      slab = next;
    }
  }
}

void Heap::BequeathTo(Heap* heir) {
  ReleaseEmpty();
  for (SlabList& partial : partial_) {
    while (Slab* const slab = partial.front()) {
      partial.Remove(slab);
      heir->Own(slab);
    }
  }
  while (Slab* const slab = full_.front()) {
    full_.Remove(slab);
    heir->full_.PushBack(slab);
    slab->owner.store(heir, std::memory_order_release);  // as in Own
  }
}

void Heap::Validate() const {
  for (const SlabList& partial : partial_) {
    for (const Slab* slab = partial.front(); slab != nullptr; slab = slab->next) {
      if (!slab->in_partial || !slab->HasBlocks()) ReportCorruption("not partial", slab);
      slab->Validate(StartOf(slab));
    }
  }
  for (const Slab* slab = full_.front(); slab != nullptr; slab = slab->next) {
    if (slab->in_partial || slab->HasBlocks()) ReportCorruption("not full", slab);
    slab->Validate(StartOf(slab));
  }
}

}  // namespace hakmem
