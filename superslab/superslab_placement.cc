// Where units are taken: see superslab_heap.h, "Which units".
#include <algorithm>
#include <bit>

#include "superslab/superslab_heap.h"
#include "superslab/unit_bits.h"

namespace hakmem {

// A free place: dirty, or clean, or at the end of the heap.
size_t SuperslabHeap::FindOrGrow(size_t units, size_t alignment) {
  const size_t dirty = FindDirty(units, alignment);
  if (dirty != kNone) return dirty;
  const size_t free = FindFree(units, alignment);
  return free != kNone ? free : GrowFor(units, alignment);
}

// A dirty unit of the lowest superslab that has some: one that was last a slab of class `c`,
// because the next one needs about as many of its pages, while units that go from class to class
// end up with memory behind all of theirs; or else the lowest.
size_t SuperslabHeap::FindDirtySlab(SizeClass c) {
  if (dirty_ == 0) return kNone;
  const size_t s = space_.FirstDirty();
  const Superslab& superslab = space_.superslab(s);
  for (uint64_t dirty = superslab.dirty; dirty != 0; dirty &= dirty - 1) {
    const auto within = static_cast<size_t>(std::countr_zero(dirty));
    if (superslab.last_class[within] == c) return s * kUnitsPerSuperslab + within;
  }
  return s * kUnitsPerSuperslab + static_cast<size_t>(std::countr_zero(superslab.dirty));
}

// A place, within a superslab, where all units are dirty.
size_t SuperslabHeap::FindDirty(size_t units, size_t alignment) {
  if (dirty_ < units || units > kUnitsPerSuperslab || alignment > kUnitsPerSuperslab) return kNone;
  return FindWithin(Kind::kDirty, units, alignment);
}

size_t SuperslabHeap::FindFree(size_t units, size_t alignment) {
  return units > kUnitsPerSuperslab || alignment > kUnitsPerSuperslab
             ? FindWhole(units, alignment)
             : FindWithin(Kind::kFree, units, alignment);
}

// A place within a superslab. Of one unit the lowest. Of more the lowest in one of the shortest
// runs that will do: longer ones are left for longer requests, which otherwise take new memory.
size_t SuperslabHeap::FindWithin(Kind kind, size_t units, size_t alignment) {
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
size_t SuperslabHeap::FindWhole(size_t units, size_t alignment) {
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
  const size_t superslabs = DivideUp(units, kUnitsPerSuperslab);
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

}  // namespace hakmem
