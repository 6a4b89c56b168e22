// Where units are taken: see superslab_heap.h, "Which units".
#include <algorithm>
#include <bit>

#include "superslab/superslab_heap.h"
#include "superslab/unit_bits.h"

namespace hakmem {
namespace {

// A run of so many times the units that are wanted is as good as any longer one.
constexpr size_t kAmple = 2;
// In so many superslabs a place is looked for that was a slab of the same class.
constexpr size_t kChoice = 4;
// Of places that may do, so many are looked at before one that will do is taken, and so many more,
// which take some 40 us, before the heap grows.
constexpr size_t kFirstTries = 64;
constexpr size_t kMoreTries = 4096;

// Which units of a superslab are free, or dirty.
uint64_t UnitsOf(SuperslabIndex::Kind kind, const Superslab& superslab) {
  return kind == SuperslabIndex::Kind::kDirty ? superslab.dirty : ~superslab.used;
}

}  // namespace

// A free place: dirty, if that is asked for, or any, or at the end of the heap.
size_t SuperslabHeap::FindOrGrow(size_t units, size_t alignment, bool dirty_first) {
  const size_t dirty = dirty_first ? FindDirty(units, alignment) : kNone;
  if (dirty != kNone) return dirty;
  const size_t free = FindFree(units, alignment);
  return free != kNone ? free : GrowFor(units, alignment);
}

// A place for a slab, all dirty, in one of the lowest superslabs that have some: one that was last
// a slab of class `c`, because the next one needs about as many of its pages, while places that go
// from class to class end up with memory behind all of theirs; or else the lowest.
size_t SuperslabHeap::FindDirtySlab(SizeClass c) {
  if (dirty_ == 0) return kNone;
  size_t lowest = kNone;
  size_t s = 0;
  for (size_t i = 0; i < kChoice && (s = space_.FirstDirtySlab(s)) != kNone; ++i, ++s) {
    const Superslab& superslab = space_.superslab(s);
    for (uint64_t slabs = SlabsIn(superslab.dirty); slabs != 0; slabs &= slabs - 1) {
      const auto within = static_cast<size_t>(std::countr_zero(slabs));
      const size_t first = s * kUnitsPerSuperslab + within;
      if (superslab.last_class[within / kUnitsPerSlab] == c) return first;
      lowest = std::min(lowest, first);
    }
  }
  return lowest;
}

// The lowest place for a slab.
size_t SuperslabHeap::FindFreeSlab() {
  const size_t s = space_.index().First(Kind::kFreeSlabs, 0, kAnySlab);
  if (s == kNone) return kNone;
  const uint64_t slabs = SlabsIn(~space_.superslab(s).used);
  return s * kUnitsPerSuperslab + static_cast<size_t>(std::countr_zero(slabs));
}

// A place where all units are dirty.
size_t SuperslabHeap::FindDirty(size_t units, size_t alignment) {
  return dirty_ < units ? kNone : Find(Kind::kDirty, units, alignment);
}

size_t SuperslabHeap::FindFree(size_t units, size_t alignment) {
  if (units == kUnitsPerSlab && alignment == kUnitsPerSlab) return FindFreeSlab();
  return Find(Kind::kFree, units, alignment);
}

size_t SuperslabHeap::Find(Kind kind, size_t units, size_t alignment) {
  if (units <= kUnitsPerSuperslab && alignment <= kUnitsPerSuperslab) {
    return FindWithin(kind, units, alignment);
  }
  return FindMany(kind, units, alignment);
}

// A place within a superslab. What is aligned may not fit into a run that is long enough: after
// some tries it goes where it does, and there are more before the heap grows.
size_t SuperslabHeap::FindWithin(Kind kind, size_t units, size_t alignment) {
  size_t tries = kFirstTries;
  const size_t found = FindAmong(kind, AtLeastLength(units), units, alignment, &tries);
  if (found != kNone || tries > 0) return found;
  // A superslab starts aligned.
  const size_t enough = std::min(units + alignment - 1, kUnitsPerSuperslab);
  tries = kFirstTries;
  const size_t sure = FindAmong(kind, AtLeastLength(enough), units, alignment, &tries);
  if (sure != kNone || kind == Kind::kDirty) return sure;
  tries = kMoreTries;
  return FindAmong(kind, AtLeastLength(units), units, alignment, &tries);
}

// Likewise, in runs of the lengths `left`, by some tries that may fail: the lowest in one of the
// shortest, as longer ones are left for longer requests, which otherwise take new memory. Where all
// are ample, the lowest.
size_t SuperslabHeap::FindAmong(Kind kind, RunLengths left, size_t units, size_t alignment,
                                size_t* tries) {
  const SuperslabIndex& index = space_.index();
  for (left &= index.All(kind); left != 0;) {
    const auto shortest = static_cast<size_t>(std::countr_zero(left)) + 1;
    const bool ample = shortest >= kAmple * units;
    const RunLengths lengths = ample ? left : JustLength(shortest);
    for (size_t s = 0; (s = index.First(kind, s, lengths)) != kNone; ++s) {
      const uint64_t bits = UnitsOf(kind, space_.superslab(s));
      const uint64_t ranges = ample ? bits : BitRangesOf(bits, shortest);
      const size_t within = FindBitRange(ranges, units, alignment);
      if (within < kUnitsPerSuperslab) return s * kUnitsPerSuperslab + within;
      if (--*tries == 0) return kNone;
    }
    left &= ~lengths;
  }
  return kNone;
}

// A place for many units, or with a large alignment. It starts with a superslab, and ends where it
// may: the lowest, or if the first ones are too short the lowest that is whole superslabs.
size_t SuperslabHeap::FindMany(Kind kind, size_t units, size_t alignment) {
  size_t first = 0;
  size_t found = FindLowest(kind, &first, units, alignment, kFirstTries);
  if (found != kNone || first == kNone) return found;
  found = FindRow(kind, first, units, alignment);
  if (found != kNone) return found;
  return FindLowest(kind, &first, units, alignment, kMoreTries);
}

// The lowest place from unit `*first` on, among the first `tries` that may do, as the index knows
// which superslabs have enough units in a row; all of them, anywhere in a superslab, under a limit
// on address space. Sets `*first` to where to go on; to kNone when there are no more.
size_t SuperslabHeap::FindLowest(Kind kind, size_t* first, size_t units, size_t alignment,
                                 size_t tries) {
  const RunLengths enough = AtLeastLength(std::min(units, kUnitsPerSuperslab));
  size_t at = *first;
  *first = kNone;
  for (; space_.CanUnmap() || tries > 0; --tries) {
    if (!space_.CanUnmap()) {
      const size_t s = space_.index().First(kind, DivideUp(at, kUnitsPerSuperslab), enough);
      if (s == kNone) return kNone;
      at = s * kUnitsPerSuperslab;
    }
    at = AlignedUnit(at, alignment);
    if (at + units > space_.map().units()) return kNone;
    const size_t blocker = LastOther(kind, at, units);
    if (blocker == kNone) return at;
    at = blocker + 1;
  }
  *first = at;
  return kNone;
}

// The lowest place from unit `first` on that is whole superslabs.
size_t SuperslabHeap::FindRow(Kind kind, size_t first, size_t units, size_t alignment) {
  const size_t count = DivideUp(units, kUnitsPerSuperslab);
  const bool even = alignment > kUnitsPerSuperslab;  // the heap starts with a multiple of two
  for (;;) {
    const size_t s =
        space_.index().FirstRow(kind, DivideUp(first, kUnitsPerSuperslab), count, even);
    if (s == kNone) return kNone;
    first = AlignedUnit(s * kUnitsPerSuperslab, alignment);
    if (first == s * kUnitsPerSuperslab) return first;
  }
}

// The first unit from `first` on whose address is a multiple of `alignment` units.
size_t SuperslabHeap::AlignedUnit(size_t first, size_t alignment) const {
  const size_t base = space_.map().base() / kUnitBytes;
  return RoundUp(base + first, alignment) - base;
}

// The last of [first, first + units) that is not of a kind; kNone when all are.
size_t SuperslabHeap::LastOther(Kind kind, size_t first, size_t units) const {
  for (size_t end = first + units; end > first;) {
    const size_t s = (end - 1) / kUnitsPerSuperslab;
    const size_t from = std::max(first, s * kUnitsPerSuperslab);
    const uint64_t others =
        ~UnitsOf(kind, space_.superslab(s)) & BitRange(from % kUnitsPerSuperslab, end - from);
    if (others != 0) {
      return s * kUnitsPerSuperslab + static_cast<size_t>(std::bit_width(others)) - 1;
    }
    end = from;
  }
  return kNone;
}

// One past the last unit that is used.
size_t SuperslabHeap::EndOfUsed() const {
  for (size_t s = space_.superslabs(); s > 0; --s) {
    const uint64_t used = space_.superslab(s - 1).used;
    if (used != 0) return (s - 1) * kUnitsPerSuperslab + static_cast<size_t>(std::bit_width(used));
  }
  return 0;
}

size_t SuperslabHeap::GrowFor(size_t units, size_t alignment) {
  const size_t have = space_.map().units();
  // Free units at the end of the heap serve as the first part of many.
  const size_t end = units > kUnitsPerSuperslab ? EndOfUsed() : have;
  const size_t first = AlignedUnit(end, alignment);
  if (space_.Grow(DivideUp(first + units - have, kUnitsPerSuperslab)) == kNone) return kNone;
  const size_t found = FindFree(units, alignment);
  if (found != kNone) return found;
  // The new part need not follow the old one in sparse mode.
  const size_t slack = alignment > kUnitsPerSuperslab ? alignment / kUnitsPerSuperslab - 1 : 0;
  return space_.Grow(DivideUp(units, kUnitsPerSuperslab) + slack) == kNone
             ? kNone
             : FindFree(units, alignment);
}

}  // namespace hakmem
