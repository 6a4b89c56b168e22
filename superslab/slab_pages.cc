// The memory of a slab that stays: which of its pages no block in use touches, and what becomes of
// their blocks.
//
//            page p         page p + 1     page p + 2
//   ...+-----+-----+-----+--+--+-----+-----+-----+...
//      | out | free| free|free | free| free| out |
//   ...+-----+-----+-----+--+--+-----+-----+-----+...
//                           |<- goes back->|           p touches a block in use, and so does p + 2
//
// Here the block across the first border stays on the free list: its link lies on page p, and of
// its contents nothing is needed. The block that starts on p + 1 leaves the list.
//
// In the header variant the byte before a block is its own, too.
#include <array>
#include <bit>

#include "core/platform.h"
#include "core/report.h"
#include "superslab/slab.h"
#include "superslab/unit_bits.h"

namespace hakmem {
namespace {

constexpr uint32_t BitsBelow(size_t page) { return (1u << page) - 1; }

}  // namespace

// From the start of the slab to a block.
size_t Slab::OffsetOf(const char* start, const FreeBlock* b) {
  return static_cast<size_t>(reinterpret_cast<const char*>(b) - start);
}

// The first block that begins on page `page` or a later one.
uint32_t Slab::FirstBlockOn(size_t page) const {
  const size_t stride = kGeometry[size_class].stride;
  const size_t from = page * kPageBytes;
  const size_t first = kGeometry[size_class].first_block;
  if (from <= first) return 0;
  return static_cast<uint32_t>((from - first + stride - 1) / stride);
}

// The page on which a block begins.
size_t Slab::PageOf(uint32_t block) const { return OffsetOf(block) / kPageBytes; }

// How many pages the first `blocks` blocks touch.
size_t Slab::PagesOfFirst(uint32_t blocks) const { return DivideUp(OffsetOf(blocks), kPageBytes); }

size_t Slab::CarvedPages() const { return PagesOfFirst(carved); }

size_t Slab::PagesOfBlocks() const { return PagesOfFirst(kGeometry[size_class].blocks_per_slab); }

// How many blocks begin on purged pages, all of which are carved.
uint32_t Slab::PurgedBlocks() const {
  uint32_t blocks = 0;
  ForEachBitRange(purged_pages, [&](size_t first, size_t pages) {
    blocks += FirstBlockOn(first + pages) - FirstBlockOn(first);
  });
  return blocks;
}

uint32_t Slab::PurgePages(char* start, SlabMarks* marks) {
  if (!HasReturned()) return 0;
  const uint32_t pages = UnneededPages(start, marks);
  // Where the last carved block stays on the list, so do the pages on which it goes on.
  const size_t last = PageOf(carved - 1u);
  const uint32_t of_carved = pages & BitsBelow((pages >> last & 1) != 0 ? CarvedPages() : last);

  FreeBlock** link = &free;
  for (FreeBlock* b = free; b != nullptr;) {
    FreeBlock* const next = b->next;
    if ((pages >> (OffsetOf(start, b) / kPageBytes) & 1) == 0) {
      *link = b;
      link = &b->next;
    }
    b = next;
  }
  *link = nullptr;
  if (marked() != 0) {
    uint32_t now = counts.load(std::memory_order_relaxed);  // the owner's own
    marks->ForEach([&](size_t offset) {
      if ((pages >> (offset / kPageBytes) & 1) == 0) return true;
      marks->Remove(offset);
      now -= kMarked;
      return true;
    });
    counts.store(now, std::memory_order_relaxed);
  }

  // Where the last blocks went, the slab counts as not carved: Carve goes on there.
  purged_pages = static_cast<uint16_t>(purged_pages | pages);
  while (carved > 0 && (purged_pages >> PageOf(carved - 1u) & 1) != 0) {
    carved = static_cast<uint16_t>(FirstBlockOn(PageOf(carved - 1u)));
  }
  const size_t last_page = carved > 0 ? PageOf(carved - 1u) : 0;
  purged_pages = static_cast<uint16_t>(purged_pages & BitsBelow(last_page));

  touched_pages = 0;
  zeroed = false;  // of what blocks touched, nothing is known from now on
  // Where the kernel refuses, memory is locked: then the blocks are merely apart.
  ForEachBitRange(pages, [start](size_t first, size_t n) {
    platform::Purge(start + first * kPageBytes, n * kPageBytes);
  });
  return static_cast<uint32_t>(std::popcount(of_carved));
}

// The pages that no block in use touches and that are not purged; of those on which no block begins
// the ones whose block goes with them.
uint32_t Slab::UnneededPages(const char* start, const SlabMarks* marks) const {
  const size_t stride = kGeometry[size_class].stride;
  std::array<uint32_t, kPages> in_use{};  // how many blocks that are in use touch the page
  const auto count = [&](size_t offset, uint32_t n) {
    const size_t first = offset - kSlotOverhead;  // the header
    for (size_t page = first / kPageBytes; page <= (first + stride - 1) / kPageBytes; ++page) {
      in_use[page] += n;
    }
  };
  for (uint32_t i = 0; i < carved; ++i) {
    if ((purged_pages >> PageOf(i) & 1) == 0) count(OffsetOf(i), 1);
  }
  const uint32_t free_count = FreeCount();
  uint32_t length = 0;
  for (const FreeBlock* b = free; b != nullptr; b = b->next) {
    const size_t offset = OffsetOf(start, b);
    if (offset < kGeometry[size_class].first_block || offset > kSlabBytes - stride ||
        ++length > free_count) {
      ReportCorruption("a free list is not its slab's: a write after free", b);
    }
    if (IsMarked(offset, marks)) ReportCorruption("a block was freed twice", b);
    count(offset, -1u);
  }
  if (marked() != 0) {
    marks->ForEach([&](size_t offset) {
      count(offset, -1u);
      return true;
    });
  }
  uint32_t pages = purged_pages;
  for (size_t page = 0; page < kPages; ++page) {
    const bool begins = FirstBlockOn(page) < FirstBlockOn(page + 1);
    if (in_use[page] == 0 && (begins || (pages >> (page - 1) & 1) != 0)) pages |= 1u << page;
  }
  // The header of a block that stays on the list stays, too.
  for (size_t page = kPages - 1; config::kHeader && page > 0; --page) {
    const uint32_t first = FirstBlockOn(page);
    const bool stays = first < carved && (pages >> page & 1) == 0;
    if (stays && OffsetOf(first) == page * kPageBytes) pages &= ~(1u << (page - 1));
  }
  return pages & ~uint32_t{purged_pages};
}

void Slab::RestorePage(char* start) {
  const size_t page = static_cast<size_t>(std::countr_zero(purged_pages));
  const uint32_t first = FirstBlockOn(page);
  const uint32_t end = FirstBlockOn(page + 1);
  const Chain chain = Link(start, first, end - first);
  chain.tail->next = free;
  free = chain.head;
  // And the pages on which the last of them goes on.
  const size_t pages = PageOf(end) - page;
  purged_pages = static_cast<uint16_t>(purged_pages & ~BitRange(page, pages));
}

// Not right after PurgePages. Then less than 2 * most_pages pages stay for each block in use: those
// it touches, and those on which a free block goes on that begins on the last of them. In the
// header variant one more for them all: where the last carved block, on the list, ends.
bool Slab::NeedsFewPages(uint32_t out) const {
  const size_t most =
      2 * out * size_t{kGeometry[size_class].most_pages} + (config::kHeader ? 1 : 0);
  if (!HasReturned()) return false;
  return most + static_cast<size_t>(std::popcount(purged_pages)) <= CarvedPages();
}

}  // namespace hakmem
