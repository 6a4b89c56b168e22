#include "superslab/superslab_heap.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "core/platform.h"
#include "core/report.h"
#include "superslab/unit_bits.h"

namespace hakmem {

bool SuperslabHeap::Init() {
  if (!space_.Init()) return false;
  round_began_ms_ = platform::NowMs();
  if (space_.CanUnmap()) credit_ = 0;
  return true;
}

size_t SuperslabHeap::Allocate(size_t units, size_t alignment, bool* zeroed, Gathering gathering,
                               size_t moved_to, bool* mixed) {
  const uint64_t now = platform::NowMs();
  const MutexLock lock(&mutex_);
  size_t first = kNone;
  size_t clean = 0;
  if (units > kUnitsPerSuperslab && !space_.CanUnmap()) {
    // So that the kernel can move it by whole page tables.
    const size_t by_tables = std::max(alignment, kPageTableBytes / kUnitBytes);
    first = AllocateLocked(now, units, by_tables, &clean, gathering, moved_to);
  }
  if (first == kNone) {
    first = AllocateLocked(now, units, alignment, &clean, gathering, moved_to);
  }
  if (first != kNone) ForgetLastClass(first, units);
  *zeroed = clean == units;
  if (mixed != nullptr) *mixed = clean != 0 && clean != units;
  return first;
}

SuperslabHeap::SlabUnits SuperslabHeap::AllocateSlab(SizeClass c) {
  const uint64_t now = platform::NowMs();
  const MutexLock lock(&mutex_);
  const size_t dirty = FindDirtySlab(c);
  if (dirty != kNone) {
    Take(now, dirty, kUnitsPerSlab);
    const bool as_before = std::exchange(LastClass(dirty), static_cast<uint8_t>(c)) == c;
    return {dirty, /*zeroed=*/false, as_before};
  }
  SlabUnits fresh;
  size_t clean = 0;
  // Any place will do: there is none that is dirty as a whole.
  fresh.first =
      AllocateLocked(now, kUnitsPerSlab, kUnitsPerSlab, &clean, Gathering::kNone, kUnitsPerSlab);
  fresh.zeroed = clean == kUnitsPerSlab;
  if (fresh.first != kNone) LastClass(fresh.first) = static_cast<uint8_t>(c);
  return fresh;
}

// `*clean`: how many of the units were.
size_t SuperslabHeap::AllocateLocked(uint64_t now, size_t units, size_t alignment, size_t* clean,
                                     Gathering gathering, size_t moved_to) {
  if (!IsAttended() && EndRound(now, kMostPurged)) now = platform::NowMs();
  bool gave_all_back = false;
  for (;;) {
    const size_t first = FindOrGrow(units, alignment, /*dirty_first=*/moved_to == 0);
    const auto mapped = first == kNone ? platform::MapResult::kRefused : EnsureMapped(first, units);
    if (mapped == platform::MapResult::kMapped) {
      const bool wanted =
          gathering == Gathering::kAny || (gathering == Gathering::kAll && dirty_ >= units);
      // Else no dirty memory need go back for it, and what lies together had better stay so.
      if (wanted && used_ + dirty_ + units > MostResident(peak_used_)) {
        Gather(first + moved_to, units - moved_to);
      }
      *clean = TakeWithinPeak(now, first, units);
      return first;
    }
    if (mapped == platform::MapResult::kTaken) continue;  // that place is out of the way now
    if (WaitForLeaving()) continue;
    // Under a limit on address space, what is free may make the room.
    if (gave_all_back || !space_.CanUnmap()) return kNone;
    gave_all_back = true;
    UnmapFree();
  }
}

// Takes units by rule 2: clean ones among them, new memory, do not raise the peak while others are
// dirty. Returns how many of them were clean.
size_t SuperslabHeap::TakeWithinPeak(uint64_t now, size_t first, size_t units) {
  const size_t peak_before = peak_used_;
  const size_t clean = Take(now, first, units);
  if (clean > 0) KeepPeak(peak_before, clean);
  return clean;
}

// Marks free units as used. Returns how many of them were clean.
size_t SuperslabHeap::Take(uint64_t now, size_t first, size_t units) {
  size_t clean = units;
  ForEachSuperslab(first, units, [&](size_t s, uint64_t bits) {
    Superslab& superslab = space_.superslab(s);
    const auto were_dirty = static_cast<size_t>(std::popcount(superslab.dirty & bits));
    clean -= were_dirty;
    dirty_ -= were_dirty;
    superslab.used |= bits;
    superslab.dirty &= ~bits;
    superslab.aging &= ~bits;
    space_.Changed(s);
  });
  least_dirty_ = std::min(least_dirty_, dirty_);
  used_ += units;
  freed_ = 0;
  frees_ = 0;
  taken_ms_ = std::max(taken_ms_, now);
  if (used_ > peak_used_) {
    const size_t grown = used_ - peak_used_;
    // Relaxed, both: hints. What PurgeTail subtracts meanwhile may be lost.
    growth_.fetch_add(grown, std::memory_order_relaxed);
    const size_t due = tails_due_.load(std::memory_order_relaxed) + grown * kUnitBytes;
    tails_due_.store(std::min(due, kMostTails), std::memory_order_relaxed);
    peak_used_ = used_;
  }
  return clean;
}

platform::MapResult SuperslabHeap::EnsureMapped(size_t first, size_t units) {
  auto result = platform::MapResult::kMapped;
  if (!space_.CanUnmap()) return result;
  ForEachSuperslab(first, units, [&](size_t s, uint64_t) {
    if (result == platform::MapResult::kMapped && !space_.IsMapped(s * kUnitsPerSuperslab)) {
      result = space_.Remap(s);
    }
  });
  return result;
}

// The class of the slab that unit `u` is in, or was last.
uint8_t& SuperslabHeap::LastClass(size_t u) {
  Superslab& superslab = space_.superslab(u / kUnitsPerSuperslab);
  return superslab.last_class[u % kUnitsPerSuperslab / kUnitsPerSlab];
}

// A run has these units now: they are no slab's as before.
void SuperslabHeap::ForgetLastClass(size_t first, size_t units) {
  ForEachSuperslab(first, units, [this](size_t s, uint64_t bits) {
    const auto from = static_cast<size_t>(std::countr_zero(bits)) / kUnitsPerSlab;
    const auto last = static_cast<size_t>(std::bit_width(bits) - 1) / kUnitsPerSlab;
    std::fill_n(space_.superslab(s).last_class + from, last - from + 1, uint8_t{kNoClass});
  });
}

void SuperslabHeap::Free(size_t first, size_t units, bool clean) {
  const uint64_t now = platform::NowMs();
  const MutexLock lock(&mutex_);
  ForEachSuperslab(first, units, [this, clean](size_t s, uint64_t bits) {
    Superslab& superslab = space_.superslab(s);
    if ((superslab.used & ~superslab.leaving & bits) != bits) {
      ReportCorruption("free of a free unit", &superslab);
    }
    superslab.used &= ~bits;
    if (!clean) superslab.dirty |= bits;
    space_.Changed(s);
  });
  used_ -= units;
  if (clean) {
    RenewClean(first, units);
  } else {
    dirty_ += units;
  }
  freed_ += units;
  ++frees_;
  if (IsLeft(now, due_ms())) {
    NoteDue();
  } else {
    PurgeDueLocked(now, units);
  }
}

bool SuperslabHeap::Extend(size_t first, size_t units, size_t wanted) {
  const uint64_t now = platform::NowMs();
  const MutexLock lock(&mutex_);
  const size_t end = first + wanted;
  const size_t have = space_.map().units();
  const size_t next = first + units;
  const size_t follow = std::min(end, have) - next;
  if (!IsFree(next, follow) || EnsureMapped(next, follow) != platform::MapResult::kMapped) {
    return false;
  }
  if (end > have) {
    // The run may end where the heap ends: then the heap grows under it.
    const size_t missing = DivideUp(end - have, kUnitsPerSuperslab);
    const size_t grown = space_.Grow(missing);
    if (grown == kNone || grown * kUnitsPerSuperslab != have) return false;
  }
  Gather(next, wanted - units);
  TakeWithinPeak(now, next, wanted - units);
  ForgetLastClass(next, wanted - units);
  return true;
}

bool SuperslabHeap::IsFree(size_t first, size_t units) const {
  bool free = true;
  ForEachSuperslab(first, units, [&](size_t s, uint64_t bits) {
    free = free && (space_.superslab(s).used & bits) == 0;
  });
  return free;
}

bool SuperslabHeap::Move(size_t from, size_t to, size_t units) {
  char* const source = space_.map().UnitStart(from);
  char* const target = space_.map().UnitStart(to);
  // Not where memory is locked: see MovePiece.
  if (!platform::Purge(target, kPageBytes)) return false;
  if (!platform::MovePages(source, target, units * kUnitBytes)) return false;
  const MutexLock lock(&mutex_);
  MarkMoved(to, units);
  return true;
}

SuperslabHeap::Totals SuperslabHeap::GetTotals() {
  const MutexLock lock(&mutex_);
  return {space_.superslabs(), used_, dirty_, peak_used_, purged_, space_.metadata_bytes()};
}

void SuperslabHeap::Validate() {
  const MutexLock lock(&mutex_);
  size_t dirty = 0;
  size_t moved = 0;
  size_t leaving = 0;
  for (size_t s = 0; s < space_.superslabs(); ++s) {
    const Superslab& superslab = space_.superslab(s);
    if ((superslab.used & superslab.dirty) != 0) ReportCorruption("used & dirty", &superslab);
    if ((superslab.aging & ~superslab.dirty) != 0) ReportCorruption("aging, not dirty", &superslab);
    if ((superslab.leaving & ~superslab.used) != 0) {
      ReportCorruption("leaving, not used", &superslab);
    }
    const SuperslabIndex& index = space_.index();
    if (index.Get(Kind::kFree, s) != BitRangeLengths(~superslab.used) ||
        index.Get(Kind::kDirty, s) != BitRangeLengths(superslab.dirty) ||
        index.Get(Kind::kFreeSlabs, s) != SlabsIn(~superslab.used) ||
        index.Get(Kind::kDirtySlabs, s) != SlabsIn(superslab.dirty)) {
      ReportCorruption("a superslab that is not indexed as it is", &superslab);
    }
    if (index.HasWhole() && (index.IsWhole(Kind::kFree, s) != (superslab.used == 0) ||
                             index.IsWhole(Kind::kDirty, s) != (~superslab.dirty == 0))) {
      ReportCorruption("a superslab that is free as a whole, or not, other than its bit says",
                       &superslab);
    }
    dirty += static_cast<size_t>(std::popcount(superslab.dirty));
    moved += static_cast<size_t>(std::popcount(superslab.moved));
    leaving += static_cast<size_t>(std::popcount(superslab.leaving));
  }
  if (moved != moved_) ReportCorruption("moved_ != sum of the moved bits", this);
  if (leaving != leaving_) ReportCorruption("leaving_ != sum of the leaving bits", this);
  if (dirty != dirty_) ReportCorruption("dirty_ != sum of the dirty bits", this);
}

}  // namespace hakmem
