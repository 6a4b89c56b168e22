// The address range of the heap and the metadata that describes it.
//
// One range of address space, reserved at the first allocation:
//
//   | superslab records | region map | index | marks | records      | guard | superslab 0 | ...
//   | 100 B/superslab   | 1 B/unit   |       |       | 64 B/4 units |       | 1 MiB, 64 units each
//   |     <-- grow down | grows up --> ...  | down  | up           |       |
//   |<----------------- metadata: 0.1%, and marks -------------->|       |<---- the heap ---->|
//
// Marks (slab_marks.h) are 512 bytes for each slab, 0.8%, of which a page is touched where blocks
// of one of its eight slabs are marked.
//
// All of it starts as address space alone. The heap grows from its low end, a few superslabs at a
// time, and the metadata with it; so a unit's number is at the same time its place in every array.
// The first superslabs' records and the start of the region map share a page, as each page that a
// process touches costs it a page fault, and each place in the address space two pages of the
// kernel's page tables: that is what a short-lived program pays for.
//
// Two modes, one structure:
//   reserved  the kernel gave the whole range (64 TiB, or the largest half, quarter, ... that it
//             gives): growing is mprotect().
//   sparse    RLIMIT_AS or RLIMIT_DATA is set, or nothing large could be reserved: the heap's
//             addresses are only chosen, far from where the kernel places mappings, and growing is
//             mmap() at the next of them; an address that somebody else has is skipped for good,
//             and superslabs that are free are unmapped until they are needed again.
//
// Not thread-safe: callers hold the superslab heap's mutex (superslab_heap.h). The region map's
// readers take no lock.
#ifndef HAKMEM_SUPERSLAB_ADDRESS_SPACE_H_
#define HAKMEM_SUPERSLAB_ADDRESS_SPACE_H_

#include <cstddef>
#include <cstdint>

#include "core/platform.h"
#include "superslab/region_map.h"
#include "superslab/run.h"
#include "superslab/slab.h"
#include "superslab/superslab.h"
#include "superslab/superslab_index.h"

namespace hakmem {

class AddressSpace {
 public:
  constexpr AddressSpace() = default;

  // The first units, which pay for being small: they do without huge pages, and what is not asked
  // for is not touched. A heap that goes beyond them, 32 MiB, can spend a page to save time.
  static constexpr size_t kSmallHeapUnits = UnitsOfMiB(32);

  // Reserves. False when the kernel gives nothing at all.
  bool Init();

  // Makes `count` more superslabs usable, at the end, contiguous. Returns the number of the first,
  // or kNone when memory, address space or the range is exhausted.
  static constexpr size_t kNone = SIZE_MAX;
  size_t Grow(size_t count);

  RegionMap& map() { return map_; }
  const RegionMap& map() const { return map_; }
  size_t superslabs() const { return superslabs_; }
  Superslab& superslab(size_t s) const {
    return Group(s / SuperslabIndex::kFanOut).superslabs[s % SuperslabIndex::kFanOut];
  }
  // The superslabs by what fits into them.
  const SuperslabIndex& index() {
    IndexChanged();
    return index_;
  }
  // The first superslab from `from` on with dirty units for a slab; kNone when there is none. As
  // from the index, which need not be told for it of what changed last.
  size_t FirstDirtySlab(size_t from);
  // Says that other units of superslab `s` are used or dirty than before.
  void Changed(size_t s) {
    if (s == changed_) return;
    IndexChanged();
    changed_ = s;
  }

  // The record of the slab that has unit `u`, or of the run that starts with it: whichever the
  // region map says it is.
  Slab* slab(size_t u) const { return reinterpret_cast<Slab*>(records_ + u / kUnitsPerSlab); }
  Run* run(size_t u) const {
    return reinterpret_cast<Run*>(records_[u / kUnitsPerSlab].bytes) + u % kUnitsPerSlab;
  }
  // The slab of `p`, a block of one. In two instructions less than by the unit's number.
  Slab* SlabOf(const void* p) const {
    return reinterpret_cast<Slab*>(slab_of_null_ +
                                   (reinterpret_cast<uintptr_t>(p) >> kSlabShift) * sizeof(Record));
  }
  char* StartOf(const Slab* slab) const { return map_.UnitStart(UnitOfSlab(slab)); }
  // The marks of the slab that has the block `p`; anything where !has_marks().
  SlabMarks* MarksOf(const void* p) const {
    return reinterpret_cast<SlabMarks*>(
        marks_of_null_ - (reinterpret_cast<uintptr_t>(p) >> kSlabShift) * sizeof(SlabMarks));
  }
  // Under a limit on address space there is no room for them.
  bool has_marks() const { return reserved_; }
  size_t UnitOfSlab(const Slab* slab) const {
    return static_cast<size_t>(reinterpret_cast<const Record*>(slab) - records_) * kUnitsPerSlab;
  }

  // Whether unit `u` (in range) is mapped memory of hakmem's.
  bool IsMapped(size_t u) const {
    return PlaceOf(u / kUnitsPerSuperslab) == Superslab::Place::kMapped;
  }

  // Whether free superslabs count against a limit, so that they should be unmapped (sparse mode).
  bool CanUnmap() const { return !reserved_; }
  // Takes superslab `s`, all of it free, out of the address space.
  void Unmap(size_t s);
  // Brings it back, zeroed. kTaken: somebody else was faster, and it is lost for good.
  platform::MapResult Remap(size_t s);
  // Makes superslab `s`, all of it free, zero and one mapping with its neighbours again. False when
  // the kernel refuses.
  bool Refresh(size_t s);
  // Bytes of metadata that are readable; how many of them have memory behind them is less.
  size_t metadata_bytes() const;

 private:
  Superslab::Place PlaceOf(size_t s) const {
    return superslab(s).place.load(std::memory_order_relaxed);
  }

  // So many superslabs' records, and the index's node for them.
  struct SuperslabGroup {
    SuperslabIndex::Node lengths;
    Superslab superslabs[SuperslabIndex::kFanOut];
  };
  static_assert(sizeof(SuperslabGroup) < kPageBytes);  // the region map starts on the first one's
  static constexpr size_t GroupBytes(size_t superslabs) {
    return DivideUp(superslabs, SuperslabIndex::kFanOut) * sizeof(SuperslabGroup);
  }
  SuperslabGroup& Group(size_t g) const { return groups_end_[-1 - static_cast<ptrdiff_t>(g)]; }

  // Of as many units as a slab has: the slab's, or one for each unit, of the run that starts there.
  struct Record {
    alignas(kCacheLineBytes) char bytes[kCacheLineBytes];
  };
  static_assert(sizeof(Slab) == sizeof(Record) && kUnitsPerSlab * sizeof(Run) == sizeof(Record));

  struct MetadataLayout;

  bool InitReserved(size_t heap_bytes);
  bool InitSparse(size_t heap_bytes);
  void PlaceMetadata(char* start, const MetadataLayout& layout, size_t units);
  void PlaceHeap(uintptr_t base);
  bool Open(void* at, size_t bytes);
  bool Describe(size_t superslabs);
  bool Commit(size_t end);
  size_t GrowSparse(size_t count);
  void MarkForeign(size_t s);
  void SetSuperslabs(size_t count);
  void IndexChanged();

  RegionMap map_;
  SuperslabGroup* groups_end_ = nullptr;  // where the first one ends, and the region map starts
  SuperslabIndex index_;
  size_t changed_ = kNone;  // the superslab whose units changed since the index was told
  Record* records_ = nullptr;
  uintptr_t slab_of_null_ = 0;   // where the record of a slab at address 0 would be
  uintptr_t marks_of_null_ = 0;  // and its marks
  size_t superslabs_ = 0;        // usable
  size_t capacity_ = 0;          // superslabs that the range has room for
  size_t described_ = 0;         // superslabs whose map bytes and records are readable
  size_t step_ = 1;              // superslabs to grow by, four times as many each time
  size_t committed_ = 0;         // superslabs whose pages and records may be accessed
  bool reserved_ = false;
  void* range_ = nullptr;  // what was reserved
  size_t range_bytes_ = 0;
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_ADDRESS_SPACE_H_
