// The region map: one byte for every 16 KiB unit of hakmem's address range, which says what the
// unit is. It is how free() learns the size class of a block without touching the block.
//
//   base                                                     base + units * 16 KiB
//   | unit 0 | unit 1 | unit 2 | unit 3 | unit 4 | unit 5 |  |
//   |      slab of class 5              |  run   | (run)  |  |   not hakmem's: no byte is read
//       5        5        5        5       kRun      0
//
// Readers take no lock. A byte is written before the first pointer into its unit is handed out and
// changed only after the last one came back, so whoever holds a valid pointer sees the right byte
// by whatever order brought it the pointer: hence relaxed loads and stores. For an invalid pointer
// the answer is a moment's, and it is only used to describe the error.
#ifndef HAKMEM_SUPERSLAB_REGION_MAP_H_
#define HAKMEM_SUPERSLAB_REGION_MAP_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/compiler.h"
#include "core/config.h"
#include "core/size_classes.h"

namespace hakmem {

class RegionMap {
 public:
  // What a byte can say: kNoClass (free, or inside of a run), the class of a slab, or:
  static constexpr uint8_t kRun = kMaxClasses - 1;  // first unit of a run
  static_assert(kRun >= kNumClasses);

  constexpr RegionMap() = default;

  // The map of the range from `base`, whose bytes lie at `bytes`. No unit is in range yet.
  void Init(uintptr_t base, std::atomic<uint8_t>* bytes) {
    base_.store(base, std::memory_order_relaxed);
    bytes_.store(bytes, std::memory_order_relaxed);
  }

  // Brings the first `units` units into range; their map bytes must be readable. `all_mapped` tells
  // whether the units are, every one.
  void SetUnits(size_t units, bool all_mapped) {
    units_.store(units, std::memory_order_relaxed);
    mapped_units_.store(all_mapped ? units : 0, std::memory_order_relaxed);
  }

  // The number of the unit that holds `p`, and at least units() when `p` is not hakmem's.
  size_t UnitOf(const void* p) const {
    return (reinterpret_cast<uintptr_t>(p) - base()) >> kUnitShift;
  }
  bool Contains(const void* p) const { return UnitOf(p) < units(); }

  // Whether the byte before `p` is surely mapped memory of hakmem's (header variant). False for all
  // where the range may have holes.
  HAK_INLINE bool MayReadBefore(const void* p) const {
    return UnitOf(static_cast<const char*>(p) - 1) < mapped_units_.load(std::memory_order_relaxed);
  }

  // What unit `u` (in range) is.
  uint8_t Get(size_t u) const { return bytes()[u].load(std::memory_order_relaxed); }
  void Set(size_t u, uint8_t what) { bytes()[u].store(what, std::memory_order_relaxed); }

  // Says that a slab of class `c` starts with unit `u`; kNoClass: nothing does, any more.
  void SetSlab(size_t u, SizeClass c) {
    for (size_t i = 0; i < kUnitsPerSlab; ++i) Set(u + i, static_cast<uint8_t>(c));
  }

  // What the unit of `p` is; kNoClass outside the range.
  HAK_INLINE uint8_t Lookup(const void* p) const {
    const size_t u = UnitOf(p);
    if (HAK_UNLIKELY(u >= units())) return kNoClass;
    return Get(u);
  }

  size_t units() const { return units_.load(std::memory_order_relaxed); }
  uintptr_t base() const { return base_.load(std::memory_order_relaxed); }
  char* UnitStart(size_t u) const { return reinterpret_cast<char*>(base() + (u << kUnitShift)); }

 private:
  std::atomic<uint8_t>* bytes() const { return bytes_.load(std::memory_order_relaxed); }

  // Before Init() it is such that every address of a program is far out of range, also to a thread
  // that sees only half of what another one's Init() writes: free(NULL) may come at any time.
  std::atomic<uintptr_t> base_{uintptr_t{1} << 63};
  std::atomic<size_t> units_{0};
  std::atomic<size_t> mapped_units_{0};  // units_, or 0 when the range may have holes
  std::atomic<std::atomic<uint8_t>*> bytes_{nullptr};
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_REGION_MAP_H_
