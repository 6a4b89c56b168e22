#include "superslab/slab.h"

#include <algorithm>
#include <utility>

#include "core/atomics.h"
#include "core/report.h"
#include "superslab/region_header.h"

namespace hakmem {

static_assert(std::all_of(kGeometry.begin(), kGeometry.end(),
                          [](const ClassGeometry& geometry) {
                            return geometry.first_block % SlabMarks::kGranuleBytes == 0;
                          }),
              "a mark is where a block starts, and the blocks after it are whole strides away");

void Slab::Init(SizeClass c, bool zero, uint8_t touched, bool may_mark) {
  zeroed = zero;
  touched_pages = touched;
  free = nullptr;
  carved = 0;
  purged_pages = 0;
  size_class = static_cast<uint8_t>(c);
  thin = false;
  may_mark = may_mark && kGeometry[c].stride % SlabMarks::kGranuleBytes == 0;
  // Relaxed: nobody else has the slab yet.
  counts.store(may_mark ? 0 : kNoMarks, std::memory_order_relaxed);
  shared.store(0, std::memory_order_relaxed);
  taker.store(nullptr, std::memory_order_relaxed);
  lister.store(nullptr, std::memory_order_relaxed);
}

Chain Slab::Carve(char* start, uint32_t want) {
  const ClassGeometry geometry = kGeometry[size_class];
  const size_t first = OffsetOf(carved);
  // One past the last byte of the page in which the first block ends.
  const size_t page_end = RoundUp(first + geometry.stride, kPageBytes);
  const size_t touched_end =
      std::min(first + kAtOnce * geometry.stride, touched_pages * kPageBytes);
  auto count = static_cast<uint32_t>((std::max(page_end, touched_end) - first) / geometry.stride);
  if (count > want) count = want;
  count = std::min<uint32_t>(count, geometry.blocks_per_slab - carved);

  Chain chain = Link(start, carved, count);
  // A block of a page and more makes touched_pages go beyond the page border at or after its start:
  // there it shows that one was carved before, when the slab was not yet empty again.
  chain.zeroed =
      zeroed && geometry.stride >= kPageBytes && touched_pages <= DivideUp(first, kPageBytes);
  carved = static_cast<uint16_t>(carved + count);
  touched_pages = std::max(touched_pages, static_cast<uint8_t>(CarvedPages()));
  // Relaxed, here and below: only the owner writes the counts, and statistics want no order.
  counts.store(counts.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  return chain;
}

// Links `count` blocks from number `first` on, in address order. The chain ends with null.
Chain Slab::Link(char* start, uint32_t first, uint32_t count) const {
  const size_t stride = kGeometry[size_class].stride;
  char* p = start + OffsetOf(first);
  const Chain chain{reinterpret_cast<FreeBlock*>(p),
                    reinterpret_cast<FreeBlock*>(p + (count - 1) * stride), count};
  for (; p != reinterpret_cast<char*>(chain.tail); p += stride) {
    WriteRegionHeader(p, size_class);
    reinterpret_cast<FreeBlock*>(p)->next = reinterpret_cast<FreeBlock*>(p + stride);
  }
  WriteRegionHeader(p, size_class);
  chain.tail->next = nullptr;
  return chain;
}

Chain Slab::Take(char* start, SlabMarks* marks, uint32_t most) {
  if (free == nullptr) {
    if (marked() != 0) return TakeMarked(start, marks, most);
    if (purged_pages == 0) return Carve(start, most);
    RestorePage(start);
  }
  return TakeFree(most);
}

Chain Slab::TakeFree(uint32_t most) {
  const uint32_t count = FreeCount();
  const Chain chain{free, nullptr, std::min(most, count)};
  if (count <= most) {
    free = nullptr;
  } else {
    FreeBlock* last = chain.head;
    for (uint32_t i = 1; i < most; ++i) last = last->next;
    free = std::exchange(last->next, nullptr);
  }
  counts.store(counts.load(std::memory_order_relaxed) + chain.count, std::memory_order_relaxed);
  return chain;
}

Chain Slab::TakeMarked(char* start, SlabMarks* marks, uint32_t most) {
  Chain chain{nullptr, nullptr, 0};
  FreeBlock** link = &chain.head;
  most = std::min(most, marked());
  marks->ForEach([&](size_t offset) {
    if (chain.count == most) return false;
    marks->Remove(offset);
    *link = reinterpret_cast<FreeBlock*>(start + offset);
    link = &(*link)->next;
    ++chain.count;
    return true;
  });
  *link = nullptr;
  const uint32_t now = counts.load(std::memory_order_relaxed);
  counts.store(now - chain.count * (kMarked - 1), std::memory_order_relaxed);
  return chain;
}

void Slab::PutFree(const Chain& chain) {
  const uint32_t now = counts.load(std::memory_order_relaxed);
  const uint32_t out = now % kNoMarks;
  if (HAK_UNLIKELY(chain.count > out)) {
    ReportCorruption("more blocks came back to a slab than were out: a double free", chain.head);
  }
  chain.tail->next = free;
  free = chain.head;
  counts.store(now - chain.count, std::memory_order_relaxed);
  // An empty slab starts anew: its blocks are carved in address order again.
  if (out == chain.count) {
    free = nullptr;
    carved = 0;
    purged_pages = 0;
    counts.store(now & kNoMarks, std::memory_order_relaxed);
  }
}

void Slab::PutPast(FreeBlock* b, SlabMarks* marks) {
  const uint32_t now = counts.load(std::memory_order_relaxed);
  const bool empties = now % kNoMarks <= 1;
  if ((now & kNoMarks) != 0 || (empties && now < kMarked)) return PutFree({b, b, 1});
  if (now < kMarked) marks->Clear();
  if (!marks->Add(b)) ReportCorruption("a block was freed twice", b);
  if (empties) return PutFree({b, b, 1});
  counts.store(now + kMarked - 1, std::memory_order_relaxed);
}

Slab::Pushed Slab::PushRemote(char* start, const Chain& chain, Heap** owner) {
  const uint64_t offset = static_cast<uint64_t>(reinterpret_cast<char*>(chain.head) - start);
  // Relaxed: the compare-and-swap below is what is trusted.
  uint64_t old = shared.load(std::memory_order_relaxed);
  uint64_t desired;
  do {
    if (old >> kOwnerShift == 0) return Pushed::kNotOwned;
    chain.tail->next = (old & kRemoteBit) == 0
                           ? nullptr
                           : reinterpret_cast<FreeBlock*>(start + (old & kOffsetMask));
    desired = (old & ~kOffsetMask & ~kPooledBit) | offset | kRemoteBit;
    // Release: pairs with the acquire in CollectRemote, so that the collector sees the links.
    // Acquire: pairs with the release there, so that whoever finds the list empty comes after the
    // last use of the slab's place on a pending stack.
  } while (!shared.compare_exchange_weak(old, desired, std::memory_order_acq_rel,
                                         std::memory_order_relaxed));
  *owner = reinterpret_cast<Heap*>(old >> kOwnerShift);
  return (old & kRemoteBit) == 0 ? Pushed::kFirst : Pushed::kPushed;
}

void Slab::CollectRemote(char* start) {
  // Relaxed: the owner does not change while there are remote blocks.
  const uint64_t owned = shared.load(std::memory_order_relaxed) >> kOwnerShift << kOwnerShift;
  // Acquire and release: both pair with PushRemote.
  const uint64_t all = shared.exchange(owned, std::memory_order_acq_rel);
  Chain chain{reinterpret_cast<FreeBlock*>(start + (all & kOffsetMask)), nullptr, 1};
  chain.tail = chain.head;
  // A cycle, from a block freed twice, ends where PutFree reports it.
  const uint32_t most = used();
  while (chain.tail->next != nullptr && chain.count <= most) {
    chain.tail = chain.tail->next;
    ++chain.count;
  }
  PutFree(chain);
}

bool Slab::LetGo(Heap* owner, To to) {
  return Pass(Owned(owner), to == To::kPool ? kPooledBit : 0);
}

bool Slab::PassOn(Heap* owner, Heap* heir) { return Pass(Owned(owner), Owned(heir)); }

bool Slab::Pass(uint64_t from, uint64_t to) {
  // Release: pairs with the acquires in PushRemote and Claim, and in the pool's lock.
  return CompareExchange(&shared, from, to, std::memory_order_release);
}

bool Slab::Claim(Heap* owner) {
  // Acquire: pairs with the release in Pass.
  return CompareExchange(&shared, 0, Owned(owner), std::memory_order_acquire);
}

void Slab::Validate(const char* start, const SlabMarks* marks) const {
  if (used() + marked() + PurgedBlocks() > carved) {
    ReportCorruption("carved < used + marked + purged", this);
  }
  if (carved > kGeometry[size_class].blocks_per_slab) ReportCorruption("carved too many", this);
  const uint32_t free_count = FreeCount();
  uint32_t length = 0;
  for (const FreeBlock* b = free; b != nullptr; b = b->next) {
    const size_t offset = static_cast<size_t>(reinterpret_cast<const char*>(b) - start);
    if (offset >= kSlabBytes || !IsBlockOffset(size_class, static_cast<uint32_t>(offset))) {
      ReportCorruption("a free list leads out of its slab", b);
    }
    if (IsMarked(offset, marks)) ReportCorruption("a block was freed twice", b);
    if (++length > free_count) ReportCorruption("a free list is longer than its count", this);
  }
  if (length != free_count) ReportCorruption("a free list is shorter than its count", this);
  if (marked() == 0) return;
  uint32_t count = 0;
  marks->ForEach([&](size_t offset) {
    ++count;
    if (!IsBlockOffset(size_class, static_cast<uint32_t>(offset)) || offset >= OffsetOf(carved) ||
        (purged_pages >> (offset / kPageBytes) & 1) != 0) {
      ReportCorruption("a mark where there is no block", this);
    }
    return true;
  });
  if (count != marked()) ReportCorruption("marks are not as many as are counted", this);
}

}  // namespace hakmem
