// Bringing dirty memory to where clean units are taken. A run of up to 32 MiB that must take clean
// units, for which rule 2 would have dirty ones go back, has their memory moved to it, in pieces,
// and so has one that grows where others are dirty: mremap() takes about 10 us for one, touching
// 256 KiB of new pages 30 to 200. So a piece must have some: what programs reserve and hardly use
// is dirty like any other, and mincore() tells it in a microsecond. A piece that was moved is a
// mapping of its own, and the kernel allows 65,530 of those: so it stops while kMostMoved units are
// in such, and a superslab that is purged as a whole is mapped anew.
#include <bit>

#include "core/platform.h"
#include "superslab/superslab_heap.h"
#include "superslab/unit_bits.h"

namespace hakmem {

// Brings dirty memory from the high end of the heap to where the free units [first, first + units)
// are clean. A piece that the kernel can't move, because it spans two mappings, is left alone.
void SuperslabHeap::Gather(size_t first, size_t units) {
  // In sparse mode there is little of the address space that moving needs.
  if (units > kMostGathered || space_.CanUnmap()) return;
  int refusals = 0;
  size_t from = space_.map().units();  // what lies higher has been tried
  const auto find_next = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
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
    } else if (IsWorthMoving(from) && MovePiece(from, to)) {
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

// Whether a dirty piece has enough memory behind it: runs may have been touched at their ends
// alone.
bool SuperslabHeap::IsWorthMoving(size_t piece) const {
  constexpr size_t kBytes = kPieceUnits * kUnitBytes;
  constexpr size_t kLeast = kBytes / kPageBytes / 4;
  return platform::ResidentPages(space_.map().UnitStart(piece), kBytes) >= kLeast;
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
  space_.Changed(from / kUnitsPerSuperslab);
  space_.Changed(to / kUnitsPerSuperslab);
  MarkMoved(to, kPieceUnits);
  return true;
}

bool SuperslabHeap::MayMove(size_t units) {
  const MutexLock lock(&mutex_);
  return moved_ / units < kMostMoves;
}

// Units were freed whose memory was moved away. Where much is in mappings of its own, superslabs
// that are free and have no memory become one with their neighbours again: nobody will purge them.
void SuperslabHeap::RenewClean(size_t first, size_t units) {
  if (moved_ < kMostMoved / 2) return;
  ForEachSuperslab(first, units, [this](size_t s, uint64_t) {
    mutex_.AssertHeld();
    const Superslab& superslab = space_.superslab(s);
    if (superslab.used == 0 && superslab.dirty == 0 && superslab.moved != 0) Renew(s);
  });
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

}  // namespace hakmem
