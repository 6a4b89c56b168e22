#include "l25/run_pages.h"

#include <cstdint>
#include <cstring>

#include "core/platform.h"
#include "l25/run_pool.h"
#include "superslab/process.h"

namespace hakmem {
namespace {

// Brings what [from, from + units) holds to the units from `to` on; returns whether `from` is clean
// now. The kernel moves only what is one mapping: pieces that were moved before
// (superslab_gather.cc) each are one. What it does not move, or may not as there would be too many
// mappings, is copied.
bool BringUnits(size_t from, size_t to, size_t units) {
  constexpr size_t kPiece = SuperslabHeap::kPieceUnits;
  if (process.superslabs.Move(from, to, units)) return true;
  const size_t middle = RoundDown(from + units / 2, kPiece);
  if (middle > from && units > kPiece && process.superslabs.MayMovePieces()) {
    const size_t half = middle - from;
    const bool clean = BringUnits(from, to, half);
    return BringUnits(middle, to + half, units - half) && clean;
  }
  const RegionMap& map = process.superslabs.map();
  std::memcpy(map.UnitStart(to), map.UnitStart(from), units * kUnitBytes);
  return platform::Purge(map.UnitStart(from), units * kUnitBytes);
}

}  // namespace

bool RunPurgeToZero(void* p, size_t bytes) {
  // The header variant's block starts within its first page.
  char* const start = static_cast<char*>(p);
  char* const pages = reinterpret_cast<char*>(RoundUp(reinterpret_cast<uintptr_t>(p), kPageBytes));
  const size_t head = static_cast<size_t>(pages - start);
  if (!platform::Purge(pages, RoundUp(bytes - head, kPageBytes))) return false;
  std::memset(p, 0, head);
  return true;
}

void* RunMovePages(size_t u, size_t size, bool* clean) {
  bool zeroed;
  void* const block = RunAllocate(size, kMinAlignment, &zeroed, SuperslabHeap::Gathering::kAny,
                                  /*moved_to=*/RunUnits(u));
  if (block == nullptr) return nullptr;
  const size_t to = process.superslabs.map().UnitOf(block);
  *clean = BringUnits(u, to, RunUnits(u));
  return block;
}

}  // namespace hakmem
