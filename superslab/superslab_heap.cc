#include "superslab/superslab_heap.h"

#include <algorithm>

#include "core/compiler.h"
#include "core/platform.h"
#include "core/report.h"
#include "superslab/unit_bits.h"

namespace hakmem {

bool SuperslabHeap::Init() { return space_.Init(); }

size_t SuperslabHeap::Allocate(size_t units, size_t alignment, bool* zeroed, Gathering gathering) {
  const MutexLock lock(&mutex_);
  const size_t first = AllocateLocked(units, alignment, zeroed, gathering);
  if (first != kNone) SetLastClass(first, units, kNoClass);
  return first;
}

SuperslabHeap::SlabUnit SuperslabHeap::AllocateSlab(SizeClass c) {
  const MutexLock lock(&mutex_);
  const size_t before = FindDirtySlab(c);
  if (before != kNone) {
    Take(before, 1);
    return {before, /*zeroed=*/false, /*as_before=*/true};
  }
  SlabUnit fresh;
  fresh.unit = AllocateLocked(1, 1, &fresh.zeroed, Gathering::kNone);
  if (fresh.unit != kNone) SetLastClass(fresh.unit, 1, c);
  return fresh;
}

void SuperslabHeap::SetLastClass(size_t first, size_t units, SizeClass c) {
  ForEachSuperslab(first, units, [this, c](size_t s, uint64_t bits) {
    const auto within = static_cast<size_t>(std::countr_zero(bits));
    std::fill_n(space_.superslab(s).last_class + within, std::popcount(bits),
                static_cast<uint8_t>(c));
  });
}

size_t SuperslabHeap::AllocateLocked(size_t units, size_t alignment, bool* zeroed,
                                     Gathering gathering) {
  EndRound(platform::NowMs());
  bool gave_all_back = false;
  for (;;) {
    const size_t first = FindOrGrow(units, alignment);
    const auto mapped = first == kNone ? platform::MapResult::kRefused : EnsureMapped(first, units);
    if (mapped == platform::MapResult::kMapped) {
      if (gathering == Gathering::kAny || (gathering == Gathering::kAll && dirty_ >= units)) {
        Gather(first, units);
      }
      *zeroed = TakeWithinPeak(first, units);
      return first;
    }
    if (mapped == platform::MapResult::kTaken) continue;  // that place is out of the way now
    // Under a limit on address space, what is free may make the room.
    if (gave_all_back || !space_.CanUnmap()) return kNone;
    gave_all_back = true;
    UnmapFree();
  }
}

// A dirty unit, in the lowest superslab that has some, that was last a slab of class `c`: the next
// one needs about as many of its pages, while units that go from class to class end up with memory
// behind all of theirs.
size_t SuperslabHeap::FindDirtySlab(SizeClass c) const {
  const size_t s = space_.index().First(Kind::kDirty, 0, kAnyLength);
  if (s == kNone) return kNone;
  const Superslab& superslab = space_.superslab(s);
  for (uint64_t dirty = superslab.dirty; dirty != 0; dirty &= dirty - 1) {
    const auto within = static_cast<size_t>(std::countr_zero(dirty));
    if (superslab.last_class[within] == c) return s * kUnitsPerSuperslab + within;
  }
  return kNone;
}

// A free place: dirty, or clean, or at the end of the heap.
size_t SuperslabHeap::FindOrGrow(size_t units, size_t alignment) {
  const size_t dirty = FindDirty(units, alignment);
  if (dirty != kNone) return dirty;
  const size_t free = FindFree(units, alignment);
  return free != kNone ? free : GrowFor(units, alignment);
}

// Brings dirty memory from the high end of the heap to where the free units [first, first + units)
// are clean. A piece that the kernel can't move, because it spans two mappings, is left alone.
void SuperslabHeap::Gather(size_t first, size_t units) {
  // In sparse mode there is little of the address space that moving needs.
  if (units > kMostGathered || space_.CanUnmap()) return;
  int refusals = 0;
  size_t from = space_.map().units();  // what lies higher has been tried
  const auto find_next = [&] {
    while (from > 0) {
      if (from % kUnitsPerSuperslab == 0) {
        const size_t s = space_.index().Last(Kind::kDirty, from / kUnitsPerSuperslab,
                                             AtLeastLength(kPieceUnits));
        if (s == kNone) break;
        from = (s + 1) * kUnitsPerSuperslab;
      }
      from -= kPieceUnits;
      const bool apart = from + kPieceUnits <= first || from >= first + units;
      if (apart && DirtyInPiece(from) == kPieceUnits) return true;
    }
    from = 0;
    return false;
  };
  for (size_t to = RoundUp(first, kPieceUnits); to + kPieceUnits <= first + units;) {
    if (DirtyInPiece(to) != 0) {
      to += kPieceUnits;
    } else if (dirty_ < kPieceUnits || moved_ >= kMostMoved || !find_next()) {
      return;
    } else if (MovePiece(from, to)) {
      to += kPieceUnits;
    } else if (++refusals == kMostRefusals) {
      return;
    }
  }
}

uint64_t SuperslabHeap::BitsOfPiece(size_t piece) {
  return BitRange(piece % kUnitsPerSuperslab, kPieceUnits);
}

size_t SuperslabHeap::DirtyInPiece(size_t piece) const {
  const Superslab& superslab = space_.superslab(piece / kUnitsPerSuperslab);
  return static_cast<size_t>(std::popcount(superslab.dirty & BitsOfPiece(piece)));
}

// Moves a dirty piece to a clean one's place, and the other way round. Not where memory is locked,
// which moving would undo: there purging fails, and costs nothing elsewhere.
bool SuperslabHeap::MovePiece(size_t from, size_t to) {
  char* const source = space_.map().UnitStart(from);
  char* const target = space_.map().UnitStart(to);
  constexpr size_t kBytes = kPieceUnits * kUnitBytes;
  if (!platform::Purge(target, kBytes) || !platform::MovePages(source, target, kBytes))
    return false;
  Superslab& giver = space_.superslab(from / kUnitsPerSuperslab);
  giver.dirty &= ~BitsOfPiece(from);
  giver.aging &= ~BitsOfPiece(from);
  space_.superslab(to / kUnitsPerSuperslab).dirty |= BitsOfPiece(to);
  space_.Index(from / kUnitsPerSuperslab);
  space_.Index(to / kUnitsPerSuperslab);
  MarkMoved(to, kPieceUnits);
  return true;
}

// Notes that units are part of a mapping of its own now.
void SuperslabHeap::MarkMoved(size_t first, size_t units) {
  ForEachSuperslab(first, units, [this](size_t s, uint64_t bits) {
    Superslab& superslab = space_.superslab(s);
    moved_ += static_cast<size_t>(std::popcount(bits & ~superslab.moved));
    superslab.moved |= bits;
  });
}

// Notes that superslab `s`, all of it free, is one with its neighbours again, or not mapped.
void SuperslabHeap::ClearMoved(size_t s) {
  moved_ -= static_cast<size_t>(std::popcount(space_.superslab(s).moved));
  space_.superslab(s).moved = 0;
}

// Takes units, and sees to it that the clean ones among them, new memory, do not raise the peak
// while others are dirty (rule 2); and accounts for what was regretted.
bool SuperslabHeap::TakeWithinPeak(size_t first, size_t units) {
  const size_t dirty_before = dirty_;
  const size_t peak_before = peak_used_;
  const bool zeroed = Take(first, units);
  const size_t fresh = units - (dirty_before - dirty_);
  if (fresh == 0) return zeroed;
  const size_t resident = used_ + dirty_;
  const size_t most_resident = peak_before + std::max(kSpareUnits, peak_before / kSpareShare);
  if (resident > most_resident) {
    PurgeTo(dirty_ - std::min(dirty_, resident - most_resident));
  }
  const size_t regret = std::min(fresh, purged_this_round_);
  purged_this_round_ -= regret;
  // Under a limit on address space, what is kept is missing elsewhere: for threads' stacks, say.
  const size_t most = space_.CanUnmap() ? peak_used_ / kDirtyShare : peak_used_;
  regretted_ = std::min(regretted_ + regret, most);
  return zeroed;
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

void SuperslabHeap::Free(size_t first, size_t units, bool clean) {
  const MutexLock lock(&mutex_);
  ForEachSuperslab(first, units, [this, clean](size_t s, uint64_t bits) {
    Superslab& superslab = space_.superslab(s);
    if ((superslab.used & bits) != bits) ReportCorruption("free of a free unit", &superslab);
    superslab.used &= ~bits;
    if (!clean) superslab.dirty |= bits;
    space_.Index(s);
  });
  used_ -= units;
  if (!clean) dirty_ += units;
  freed_ += units;
  ++frees_;
  PurgeDueLocked();
}

bool SuperslabHeap::Extend(size_t first, size_t units, size_t wanted) {
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
    const size_t missing = (end - have + kUnitsPerSuperslab - 1) / kUnitsPerSuperslab;
    const size_t grown = space_.Grow(missing);
    if (grown == kNone || grown * kUnitsPerSuperslab != have) return false;
  }
  Gather(next, wanted - units);
  TakeWithinPeak(next, wanted - units);
  SetLastClass(next, wanted - units, kNoClass);
  return true;
}

bool SuperslabHeap::Move(size_t from, size_t to, size_t units) {
  char* const source = space_.map().UnitStart(from);
  if (!platform::MovePages(source, space_.map().UnitStart(to), units * kUnitBytes)) return false;
  const MutexLock lock(&mutex_);
  MarkMoved(to, units);
  return true;
}

bool SuperslabHeap::PurgeUsed(char* at, size_t bytes) { return platform::Purge(at, bytes); }

void SuperslabHeap::SetDirtyFloor(size_t bytes) {
  const MutexLock lock(&mutex_);
  dirty_floor_ = bytes / kUnitBytes;
  if (dirty_ > DirtyLimit()) PurgeTo(DirtyLimit());
}

size_t SuperslabHeap::PurgeAll() {
  const MutexLock lock(&mutex_);
  const size_t before = purged_;
  PurgeTo(0);
  // Less than before where the kernel refused what another thread was giving back.
  return (std::max(purged_, before) - before) * kUnitBytes;
}

SuperslabHeap::Totals SuperslabHeap::GetTotals() {
  const MutexLock lock(&mutex_);
  return {space_.superslabs(), used_, dirty_, peak_used_, purged_, space_.metadata_bytes()};
}

// The lowest place where at most a superslab's units are all dirty.
size_t SuperslabHeap::FindDirty(size_t units, size_t alignment) const {
  if (dirty_ < units || units > kUnitsPerSuperslab || alignment > kUnitsPerSuperslab) return kNone;
  return FindWithin(Kind::kDirty, units, alignment);
}

size_t SuperslabHeap::FindFree(size_t units, size_t alignment) const {
  return units > kUnitsPerSuperslab || alignment > kUnitsPerSuperslab
             ? FindWhole(units, alignment)
             : FindWithin(Kind::kFree, units, alignment);
}

// A place within a superslab. Of one unit the lowest. Of more the lowest in one of the shortest
// runs that will do: longer ones are left for longer requests, which otherwise take new memory.
size_t SuperslabHeap::FindWithin(Kind kind, size_t units, size_t alignment) const {
  const SuperslabIndex& index = space_.index();
  for (RunLengths left = index.All(kind) & AtLeastLength(units); left != 0;) {
    const RunLengths lengths = units == 1 ? left : left & -left;
    for (size_t s = 0; (s = index.First(kind, s, lengths)) != kNone; ++s) {
      const Superslab& superslab = space_.superslab(s);
      const uint64_t bits = kind == Kind::kDirty ? superslab.dirty : ~superslab.used;
      const size_t within = FindBitRange(BitRangesOf(bits, lengths), units, alignment);
      if (within < kUnitsPerSuperslab) return s * kUnitsPerSuperslab + within;
    }
    left &= ~lengths;
  }
  return kNone;
}

// A place for many units, which starts with a superslab.
size_t SuperslabHeap::FindWhole(size_t units, size_t alignment) const {
  const size_t step = std::max<size_t>(1, alignment / kUnitsPerSuperslab);
  const size_t base = space_.map().base() / kSuperslabBytes;
  const RunLengths enough = AtLeastLength(std::min(units, kUnitsPerSuperslab));
  for (size_t s = 0; (s = space_.index().First(Kind::kFree, s, enough)) != kNone; ++s) {
    s = RoundUp(base + s, step) - base;
    if (s * kUnitsPerSuperslab + units > space_.map().units()) break;
    size_t blocker = kNone;  // the last superslab that stands in the way
    ForEachSuperslab(s * kUnitsPerSuperslab, units, [&](size_t i, uint64_t bits) {
      if ((space_.superslab(i).used & bits) != 0) blocker = i;
    });
    if (blocker == kNone) return s * kUnitsPerSuperslab;
    s = blocker;
  }
  return kNone;
}

size_t SuperslabHeap::GrowFor(size_t units, size_t alignment) {
  const size_t superslabs = (units + kUnitsPerSuperslab - 1) / kUnitsPerSuperslab;
  const size_t slack = alignment > kUnitsPerSuperslab ? alignment / kUnitsPerSuperslab - 1 : 0;
  // Free superslabs at the end of the heap serve as the first part.
  size_t trailing = 0;
  if (units > kUnitsPerSuperslab) {
    while (trailing < superslabs && trailing < space_.superslabs() &&
           space_.superslab(space_.superslabs() - 1 - trailing).used == 0) {
      ++trailing;
    }
    if (trailing == superslabs) trailing = superslabs - 1;  // then alignment was the obstacle
  }
  if (space_.Grow(superslabs + slack - trailing) == kNone) return kNone;
  size_t first = FindFree(units, alignment);
  // The new part need not follow the old one in sparse mode.
  if (first == kNone && trailing > 0 && space_.Grow(superslabs + slack) != kNone) {
    first = FindFree(units, alignment);
  }
  return first;
}

// Marks free units as used. Returns whether all of them were clean.
bool SuperslabHeap::Take(size_t first, size_t units) {
  bool clean = true;
  ForEachSuperslab(first, units, [&](size_t s, uint64_t bits) {
    Superslab& superslab = space_.superslab(s);
    const uint64_t was_dirty = superslab.dirty & bits;
    clean = clean && was_dirty == 0;
    dirty_ -= static_cast<size_t>(std::popcount(was_dirty));
    superslab.used |= bits;
    superslab.dirty &= ~bits;
    superslab.aging &= ~bits;
    space_.Index(s);
  });
  used_ += units;
  freed_ = 0;
  frees_ = 0;
  taken_ms_ = platform::NowMs();
  if (used_ > peak_used_) {
    growth_.fetch_add(used_ - peak_used_, std::memory_order_relaxed);
    peak_used_ = used_;
  }
  return clean;
}

bool SuperslabHeap::IsFree(size_t first, size_t units) const {
  bool free = true;
  ForEachSuperslab(first, units, [&](size_t s, uint64_t bits) {
    free = free && (space_.superslab(s).used & bits) == 0;
  });
  return free;
}

size_t SuperslabHeap::DirtyLimit() const {
  return std::max(dirty_floor_, used_ / kDirtyShare) + regretted_;
}

// Some units that were dirty go back.
void SuperslabHeap::CountPurged(uint64_t bits) {
  const auto units = static_cast<size_t>(std::popcount(bits));
  dirty_ -= units;
  purged_ += units;
  purged_this_round_ += units;
}

// Gives all memory of a superslab that is free back at once, where its mappings are to change: in
// sparse mode, and where there are some that were moved. False otherwise.
bool SuperslabHeap::Renew(size_t s) {
  if (space_.CanUnmap()) {
    space_.Unmap(s);
  } else if (space_.superslab(s).moved == 0 || !space_.Refresh(s)) {
    return false;
  }
  ClearMoved(s);
  return true;
}

// Gives dirty units of one superslab back. Without the mutex in between, as other threads need not
// wait for the kernel; but under a limit on address space they would find memory exhausted that is
// free in a moment. False when the kernel refuses.
bool SuperslabHeap::PurgeBits(size_t s, uint64_t bits) {
  Superslab& superslab = space_.superslab(s);
  if (superslab.used == 0 && Renew(s)) {
    bits = superslab.dirty;
    superslab.dirty = superslab.aging = 0;
    space_.Index(s);
    CountPurged(bits);
    return true;
  }
  superslab.dirty &= ~bits;
  superslab.aging &= ~bits;
  superslab.used |= bits;
  superslab.leaving |= bits;
  space_.Index(s);
  CountPurged(bits);

  uint64_t refused = 0;
  const bool alone = space_.CanUnmap();
  if (!alone) mutex_.Unlock();
  char* const start = space_.map().UnitStart(s * kUnitsPerSuperslab);
  ForEachBitRange(bits, [&](size_t first, size_t count) {
    if (!platform::Purge(start + first * kUnitBytes, count * kUnitBytes)) {
      refused |= BitRange(first, count);
    }
  });
  if (!alone) mutex_.Lock();

  Stay(s, bits, refused);
  return refused == 0;
}

// Of the units `leaving` of a superslab those in `dirty` have memory still; the others are clean.
void SuperslabHeap::Stay(size_t s, uint64_t leaving, uint64_t dirty) {
  Superslab& superslab = space_.superslab(s);
  superslab.leaving &= ~leaving;
  superslab.used &= ~leaving;
  superslab.dirty |= dirty;
  space_.Index(s);
  const auto units = static_cast<size_t>(std::popcount(dirty));
  dirty_ += units;
  purged_ -= units;
  purged_this_round_ -= std::min(purged_this_round_, units);
}

void SuperslabHeap::AfterForkInChild() {
  for (size_t s = 0; s < space_.superslabs(); ++s) {
    const uint64_t leaving = space_.superslab(s).leaving;
    if (leaving != 0) Stay(s, leaving, leaving);
  }
}

// Sparse mode: takes everything that is free out of the address space, superslab by superslab.
void SuperslabHeap::UnmapFree() {
  PurgeTo(0);
  const auto& index = space_.index();
  for (size_t s = 0; (s = index.First(Kind::kFree, s, JustLength(kUnitsPerSuperslab))) != kNone;
       ++s) {
    if (space_.IsMapped(s * kUnitsPerSuperslab)) Renew(s);
  }
}

// Gives memory back, from the high end of the heap, until at most `dirty_limit` units are dirty.
void SuperslabHeap::PurgeTo(size_t dirty_limit) {
  for (size_t s = space_.superslabs(); dirty_ > dirty_limit;) {
    s = space_.index().Last(Kind::kDirty, s, kAnyLength);
    // Others may have freed higher ones meanwhile.
    if (s == kNone || !PurgeBits(s, space_.superslab(s).dirty)) return;
  }
}

void SuperslabHeap::LockAndPurgeDue() {
  const MutexLock lock(&mutex_);
  PurgeDueLocked();
}

// Rules 1 and 3.
void SuperslabHeap::PurgeDueLocked() {
  const uint64_t now = platform::NowMs();
  const bool shrinks = dirty_ > DirtyLimit() && Shrinks(now);
  if (shrinks) PurgeTo(DirtyLimit() / 4 * 3);
  EndRound(now);
  uint64_t due = round_began_ms_ + kPurgeRoundMs;
  // Where the kernel refused, not at once again.
  if (dirty_ > DirtyLimit()) due = std::min(due, (shrinks ? now : taken_ms_) + kChurnMs);
  due_ms_.store(due, std::memory_order_relaxed);  // a hint
}

// Whether units are freed to stay so. Under a limit on address space, what is kept may be missing
// elsewhere, so that is always assumed there.
bool SuperslabHeap::Shrinks(uint64_t now) const {
  const bool fell = freed_ > used_ && (frees_ > kChurnFrees || freed_ > kChurnUnits);
  return fell || now - taken_ms_ >= kChurnMs || space_.CanUnmap();
}

// One round of rule 3, when it is time: what was dirty in the last round goes back, what is dirty
// now is marked for the next.
void SuperslabHeap::EndRound(uint64_t now) {
  if (now - round_began_ms_ < kPurgeRoundMs) return;
  round_began_ms_ = now;
  round_.fetch_add(1, std::memory_order_relaxed);
  purged_this_round_ = 0;
  regretted_ /= 2;
  for (size_t s = 0; (s = space_.index().First(Kind::kDirty, s, kAnyLength)) != kNone; ++s) {
    Superslab& superslab = space_.superslab(s);
    if (superslab.aging != 0) PurgeBits(s, superslab.aging);
    superslab.aging = superslab.dirty;
  }
}

void SuperslabHeap::Validate() {
  const MutexLock lock(&mutex_);
  size_t dirty = 0;
  size_t moved = 0;
  for (size_t s = 0; s < space_.superslabs(); ++s) {
    const Superslab& superslab = space_.superslab(s);
    if ((superslab.used & superslab.dirty) != 0) ReportCorruption("used & dirty", &superslab);
    if ((superslab.aging & ~superslab.dirty) != 0) ReportCorruption("aging, not dirty", &superslab);
    if ((superslab.leaving & ~superslab.used) != 0) {
      ReportCorruption("leaving, not used", &superslab);
    }
    if (space_.index().Get(Kind::kFree, s) != BitRangeLengths(~superslab.used) ||
        space_.index().Get(Kind::kDirty, s) != BitRangeLengths(superslab.dirty)) {
      ReportCorruption("a superslab that is not indexed as it is", &superslab);
    }
    dirty += static_cast<size_t>(std::popcount(superslab.dirty));
    moved += static_cast<size_t>(std::popcount(superslab.moved));
  }
  if (moved != moved_) ReportCorruption("moved_ != sum of the moved bits", this);
  if (dirty != dirty_) ReportCorruption("dirty_ != sum of the dirty bits", this);
}

}  // namespace hakmem
