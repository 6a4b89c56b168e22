#include "superslab/address_space.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "core/config.h"
#include "core/platform.h"
#include "superslab/unit_bits.h"

namespace hakmem {
namespace {

constexpr size_t kMostHeap = size_t{1} << (config::kSanitized ? 36 : 46);
// With less than this in one piece the sparse mode does better.
constexpr size_t kLeastReservedHeap = size_t{1} << 32;
// Sparse mode's metadata is mapped as a whole, 0.1% of the range: so the range is twice the limit,
// within these bounds.
constexpr size_t kMostSparseHeap = size_t{1} << 36;
constexpr size_t kLeastSparseHeap = size_t{1} << 30;

// The region map, the superslab records and their index become readable for this many superslabs at
// a time: what a page of the region map describes. At first for as many as have one level of the
// index, which spares small heaps a call.
constexpr size_t kFirstDescribed = SuperslabIndex::kFanOut;
constexpr size_t kDescribeStep = kPageBytes / kUnitsPerSuperslab;
static_assert(kDescribeStep % SuperslabIndex::kFanOut == 0);
// The most superslabs that growing makes accessible ahead of need. Accessible is not touched: it
// costs commit charge where overcommit is strict, never memory.
constexpr size_t kMostStep = 64;
// How many occupied addresses growing steps over before it gives up.
constexpr size_t kMostSkips = 4096;

}  // namespace

// Where the metadata of a range of so many units is, as offsets from its start.
struct AddressSpace::MetadataLayout {
  MetadataLayout(size_t count, bool has_marks) {
    const size_t superslabs = count / kUnitsPerSuperslab;
    const auto place = [this](size_t bytes) {
      return std::exchange(end, end + RoundUp(bytes, kPageBytes));
    };
    end = GroupBytes(superslabs);
    map = RoundUp(end, kPageBytes) + sizeof(SuperslabGroup);  // on one page with the first group
    end = RoundUp(map + count, kPageBytes);
    for (size_t level = 1; level < SuperslabIndex::kMostLevels; ++level) {
      const size_t nodes = SuperslabIndex::NodesFor(superslabs, level);
      index[level] = place(nodes * sizeof(SuperslabIndex::Node));
    }
    if (has_marks) place(count / kUnitsPerSlab * sizeof(SlabMarks));
    records = place(count / kUnitsPerSlab * sizeof(Record));
    end += kPageBytes;
  }

  size_t map = 0;  // the region map; before it the superslab groups
  // The index's levels, but for the lowest, which is in the groups.
  size_t index[SuperslabIndex::kMostLevels] = {};
  size_t records = 0;  // and the marks, if there are any, before them
  size_t end = 0;      // with a guard page
};

bool AddressSpace::Init() {
  const size_t limit = platform::AddressSpaceLimit();
  if (limit == SIZE_MAX) {
    for (size_t bytes = kMostHeap; bytes >= kLeastReservedHeap; bytes /= 2) {
      if (InitReserved(bytes)) return true;
    }
  }
  // Twice, so that addresses that turn out to be taken do not exhaust the range.
  const size_t wanted = limit < kMostSparseHeap / 2 ? limit * 2 : kMostSparseHeap;
  for (size_t bytes = std::bit_ceil(wanted); bytes >= kLeastSparseHeap; bytes /= 2) {
    if (InitSparse(bytes)) return true;
  }
  return InitSparse(kLeastSparseHeap);
}

void AddressSpace::PlaceMetadata(char* start, const MetadataLayout& layout, size_t units) {
  groups_end_ = reinterpret_cast<SuperslabGroup*>(start + layout.map);
  index_.Place(0, &Group(0).lengths, -static_cast<ptrdiff_t>(sizeof(SuperslabGroup)));
  for (size_t level = 1; level < SuperslabIndex::kMostLevels; ++level) {
    index_.Place(level, reinterpret_cast<SuperslabIndex::Node*>(start + layout.index[level]));
  }
  records_ = reinterpret_cast<Record*>(start + layout.records);
  // Runs and links count units in 32 bits.
  capacity_ = std::min(units, size_t{UINT32_MAX}) / kUnitsPerSuperslab;
}

void AddressSpace::PlaceHeap(uintptr_t base) {
  map_.Init(base, reinterpret_cast<std::atomic<uint8_t>*>(groups_end_));
  slab_of_null_ = reinterpret_cast<uintptr_t>(records_) - (base >> kSlabShift) * sizeof(Record);
  marks_of_null_ =
      reinterpret_cast<uintptr_t>(records_) + ((base >> kSlabShift) - 1) * sizeof(SlabMarks);
}

bool AddressSpace::InitReserved(size_t heap_bytes) {
  const size_t units = heap_bytes / kUnitBytes;
  const MetadataLayout layout(units, /*has_marks=*/true);
  const size_t slack = 2 * kPageTableBytes;  // for the two alignments that follow
  range_bytes_ = layout.end + slack + heap_bytes;
  range_ = platform::Reserve(range_bytes_);
  if (range_ == nullptr) return false;
  char* start = static_cast<char*>(range_);
  // What lies on both sides of the region map's start, which is within a page, shares a page of the
  // page tables.
  start += RoundDown(
      (kPageTableBytes / 2 - reinterpret_cast<uintptr_t>(start + layout.map)) % kPageTableBytes,
      kPageBytes);
  PlaceMetadata(start, layout, units);
  PlaceHeap(RoundUp(reinterpret_cast<uintptr_t>(start) + layout.end, kPageTableBytes));
  reserved_ = true;
  return true;
}

bool AddressSpace::InitSparse(size_t heap_bytes) {
  const size_t units = heap_bytes / kUnitBytes;
  const MetadataLayout layout(units, /*has_marks=*/false);
  char* const start = static_cast<char*>(platform::Map(layout.end));
  if (start == nullptr) return false;
  PlaceMetadata(start, layout, units);
  described_ = committed_ = capacity_;
  // The kernel places mappings near the top of the address space and programs in its upper half:
  // half of an address near the top is far from both, and as random.
  PlaceHeap(RoundDown(reinterpret_cast<uintptr_t>(start) / 2, kPageTableBytes));
  return true;
}

// platform::Commit, in a process that has all the mappings it may, too: there what is accessible
// can only grow if what is not differs from it in nothing else. That it has is known from a page
// that is refused as well.
bool AddressSpace::Open(void* at, size_t bytes) {
  if (platform::Commit(at, bytes)) return true;
  if (platform::Commit(at, kPageBytes)) return false;
  platform::IncludeInCoreDumps(range_, range_bytes_);
  return platform::Commit(at, bytes);
}

// Makes the region map, the records and the index of the first `superslabs` superslabs readable.
bool AddressSpace::Describe(size_t superslabs) {
  if (superslabs <= described_) return true;
  const size_t step = superslabs <= kFirstDescribed ? kFirstDescribed : kDescribeStep;
  const size_t end = std::min(capacity_, RoundUp(superslabs, step));
  // The groups and the region map together: what is readable already stays as it is.
  const auto middle = reinterpret_cast<uintptr_t>(groups_end_);
  const uintptr_t low = RoundDown(middle - GroupBytes(end), kPageBytes);
  const uintptr_t high = RoundUp(middle + end * kUnitsPerSuperslab, kPageBytes);
  if (!Open(reinterpret_cast<void*>(low), high - low)) return false;
  for (size_t level = 1; level < SuperslabIndex::kMostLevels; ++level) {
    const size_t from = RoundUp(index_.BytesFor(described_, level), kPageBytes);
    const size_t to = RoundUp(index_.BytesFor(end, level), kPageBytes);
    if (from != to && !Open(index_.first(level) + from, to - from)) return false;
  }
  // The first superslab's `place` is that, zero, already: but a page that is written before it is
  // read costs one page fault instead of two.
  superslab(described_).place.store(Superslab::Place::kMapped, std::memory_order_relaxed);
  described_ = end;
  return true;
}

// Makes all superslabs before `end` accessible, and their marks and records.
bool AddressSpace::Commit(size_t end) {
  constexpr size_t kSlabs = kUnitsPerSuperslab / kUnitsPerSlab;  // of a superslab
  // What is accessible already stays as it is.
  const auto middle = reinterpret_cast<uintptr_t>(records_);
  const uintptr_t low = RoundDown(middle - end * kSlabs * sizeof(SlabMarks), kPageBytes);
  const uintptr_t high = RoundUp(middle + end * kSlabs * sizeof(Record), kPageBytes);
  if (!Open(reinterpret_cast<void*>(low), high - low) ||
      !Open(map_.UnitStart(committed_ * kUnitsPerSuperslab),
            (end - committed_) * kSuperslabBytes)) {
    return false;
  }
  committed_ = end;
  return true;
}

size_t AddressSpace::Grow(size_t count) {
  if (count > capacity_ - superslabs_) return kNone;
  if (count > kMostStep && !platform::MayCommit(count * kSuperslabBytes)) return kNone;
  const size_t first = superslabs_;
  if (!Describe(first + count)) return kNone;
  if (!reserved_) return GrowSparse(count);
  const size_t end = first + count;
  if (end > committed_) {
    // A little ahead, so that a growing heap makes few system calls; exactly what is needed when
    // that is refused.
    const size_t ahead = std::min(capacity_, std::max(end, committed_ + step_));
    if (committed_ <= 1 && ahead > 1) {
      // Not before: one superslab alone has no room for a huge page. All of them or, where that
      // would be one mapping too many, none: the heap could not grow over the border.
      const size_t have = committed_ * kUnitsPerSuperslab;
      if (platform::AvoidHugePages(map_.UnitStart(have), (kSmallHeapUnits - have) * kUnitBytes)) {
        platform::AvoidHugePages(map_.UnitStart(0), have * kUnitBytes);
      }
    }
    if (!Commit(ahead) && !Commit(end)) return kNone;
    step_ = std::min(step_ * 4, kMostStep);
  }
  SetSuperslabs(end);
  return first;
}

size_t AddressSpace::GrowSparse(size_t count) {
  for (size_t skips = 0; skips < kMostSkips && count <= capacity_ - superslabs_; ++skips) {
    const size_t first = superslabs_;
    char* const at = map_.UnitStart(first * kUnitsPerSuperslab);
    const platform::MapResult result = platform::MapAt(at, count * kSuperslabBytes);
    if (result == platform::MapResult::kMapped) {
      SetSuperslabs(first + count);
      return first;
    }
    if (result == platform::MapResult::kRefused) return kNone;
    MarkForeign(first);  // before others may ask what it is
    SetSuperslabs(first + 1);
  }
  return kNone;
}

// The heap has `count` superslabs now; new ones are free.
void AddressSpace::SetSuperslabs(size_t count) {
  const size_t first = std::exchange(superslabs_, count);
  index_.Grow(count);
  for (size_t s = first; s < count; ++s) Changed(s);
  map_.SetUnits(count * kUnitsPerSuperslab, reserved_);
}

// Slabs come and go in order of their addresses: the index, which has to know of them only when
// somebody looks for a run, is told once for many.
void AddressSpace::IndexChanged() {
  const size_t s = std::exchange(changed_, kNone);
  if (s == kNone) return;
  const Superslab& now = superslab(s);
  index_.Set(SuperslabIndex::Kind::kFree, s, BitRangeLengths(~now.used));
  index_.Set(SuperslabIndex::Kind::kDirty, s, BitRangeLengths(now.dirty));
  index_.Set(SuperslabIndex::Kind::kFreeSlabs, s, SlabsIn(~now.used));
  index_.Set(SuperslabIndex::Kind::kDirtySlabs, s, SlabsIn(now.dirty));
}

size_t AddressSpace::FirstDirtySlab(size_t from) {
  const size_t indexed = index_.First(SuperslabIndex::Kind::kDirtySlabs, from, kAnySlab);
  // What the index says of `changed_` may not be so any more.
  if (changed_ == kNone || changed_ < from || indexed < changed_) return indexed;
  if (SlabsIn(superslab(changed_).dirty) != 0) return changed_;
  if (indexed != changed_) return indexed;
  return index_.First(SuperslabIndex::Kind::kDirtySlabs, changed_ + 1, kAnySlab);
}

void AddressSpace::MarkForeign(size_t s) {
  superslab(s).used = ~uint64_t{0};
  superslab(s).place.store(Superslab::Place::kForeign, std::memory_order_relaxed);
  Changed(s);
}

void AddressSpace::Unmap(size_t s) {
  superslab(s).place.store(Superslab::Place::kUnmapped, std::memory_order_relaxed);
  platform::Unmap(map_.UnitStart(s * kUnitsPerSuperslab), kSuperslabBytes);
}

platform::MapResult AddressSpace::Remap(size_t s) {
  const auto result = platform::MapAt(map_.UnitStart(s * kUnitsPerSuperslab), kSuperslabBytes);
  if (result == platform::MapResult::kMapped) {
    superslab(s).place.store(Superslab::Place::kMapped, std::memory_order_relaxed);
  }
  if (result == platform::MapResult::kTaken) MarkForeign(s);
  return result;
}

bool AddressSpace::Refresh(size_t s) {
  char* const start = map_.UnitStart(s * kUnitsPerSuperslab);
  if (!platform::Refresh(start, kSuperslabBytes)) return false;
  if (s * kUnitsPerSuperslab < kSmallHeapUnits) platform::AvoidHugePages(start, kSuperslabBytes);
  return true;
}

size_t AddressSpace::metadata_bytes() const {
  size_t bytes = described_ * (kUnitsPerSuperslab + sizeof(Superslab)) +
                 committed_ * kUnitsPerSuperslab / kUnitsPerSlab *
                     (sizeof(Record) + (has_marks() ? sizeof(SlabMarks) : 0));
  for (size_t level = 0; level < SuperslabIndex::kMostLevels; ++level) {
    bytes += SuperslabIndex::BytesFor(described_, level);
  }
  return bytes;
}

}  // namespace hakmem
