#include "l25/run_pages.h"

#include <cstdint>
#include <cstring>

#include "core/platform.h"
#include "l25/runs.h"
#include "superslab/process.h"

namespace hakmem {
namespace {

// Brings what [from, from + units) holds to the units from `to` on; returns whether `from` is clean
// now. The kernel moves only what is one mapping: pieces that were moved before
// (superslab_gather.cc) each are one. What it does not move, or may not as there would be too many
// mappings, is copied.
bool BringUnits(size_t from, size_t to, size_t units) {
  constexpr size_t kPiece = SuperslabHeap::kPieceUnits;
  if (process.superslabs.MayMove(units) && process.superslabs.Move(from, to, units)) return true;
  const size_t middle = RoundDown(from + units / 2, kPiece);
  if (middle > from && units > kPiece && process.superslabs.MayMove(kPiece)) {
    const size_t half = middle - from;
    const bool clean = BringUnits(from, to, half);
    return BringUnits(middle, to + half, units - half) && clean;
  }
  const RegionMap& map = process.superslabs.map();
  std::memcpy(map.UnitStart(to), map.UnitStart(from), units * kUnitBytes);
  return platform::Purge(map.UnitStart(from), units * kUnitBytes);
}

// By comparing the page with itself, a cache line further on. A page that has no memory is read as
// the kernel's page of zeros.
bool IsZeroPage(const char* page) {
  static constexpr char kZeros[kCacheLineBytes] = {};
  return std::memcmp(page, kZeros, kCacheLineBytes) == 0 &&
         std::memcmp(page, page + kCacheLineBytes, kPageBytes - kCacheLineBytes) == 0;
}

// Whether most of the run's `count` pages have memory, by a sample of 64.
bool SeemsUsed(const char* pages, size_t count) {
  constexpr size_t kSample = 64;
  size_t zero = 0;
  for (size_t i = 0; i < kSample; ++i) zero += IsZeroPage(pages + count * i / kSample * kPageBytes);
  return zero < kSample / 8;
}

}  // namespace

void RunZero(void* p, size_t bytes, bool mixed) {
  // The header variant's block starts within its first page.
  char* const start = static_cast<char*>(p);
  char* const pages = reinterpret_cast<char*>(RoundUp(reinterpret_cast<uintptr_t>(p), kPageBytes));
  const size_t head = static_cast<size_t>(pages - start);
  const size_t page_bytes = bytes - head;
  std::memset(p, 0, head);
  const bool large = bytes >= kFreshPagesFrom;
  if (large && (mixed || !SeemsUsed(pages, page_bytes / kPageBytes)) &&
      platform::Purge(pages, RoundUp(page_bytes, kPageBytes))) {
    return;
  }
  char* from = pages;  // what starts here is not zero, as far as is known
  Heap* const heap = thread_cache.InUse().heap;
  if (!large && (heap == nullptr || heap->zero_scan().Looks())) {
    size_t zero = 0;
    char* const last = pages + RoundDown(page_bytes, kPageBytes);  // of which it may have a part
    for (char* page = pages; page < last; page += kPageBytes) {
      if (!IsZeroPage(page)) continue;
      std::memset(from, 0, static_cast<size_t>(page - from));
      from = page + kPageBytes;
      ++zero;
    }
    if (heap != nullptr) heap->zero_scan().Found(zero, page_bytes / kPageBytes);
  }
  std::memset(from, 0, static_cast<size_t>(start + bytes - from));
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
