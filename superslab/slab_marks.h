// Which blocks of a slab came back past a full list (thread_cache.h): a bit for each 16 bytes of
// the slab, set where such a block starts. A free of one sets its bit and leaves the block alone,
// which may be cold, while a slab's marks are together. They are linked when they are taken, in
// address order.
//
// What is set is only of meaning in a slab that has marked blocks (Slab::marked). Only for whoever
// has the slab.
#ifndef HAKMEM_SUPERSLAB_SLAB_MARKS_H_
#define HAKMEM_SUPERSLAB_SLAB_MARKS_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "core/compiler.h"
#include "core/config.h"

namespace hakmem {

class SlabMarks {
 public:
  static constexpr size_t kGranuleBytes = 16;  // first blocks and strides are multiples, but for 8

  void Clear() { words_ = {}; }

  // Marks the block at `p`; false when it is marked already.
  HAK_INLINE bool Add(const void* p) {
    const uintptr_t granule = reinterpret_cast<uintptr_t>(p) / kGranuleBytes;
    uint64_t& word = words_[granule / 64 % kWords];
    const uint64_t bit = uint64_t{1} << granule % 64;
    if (HAK_UNLIKELY((word & bit) != 0)) return false;
    word |= bit;
    return true;
  }

  bool Has(size_t offset) const {
    const size_t granule = offset / kGranuleBytes;
    return (words_[granule / 64] >> granule % 64 & 1) != 0;
  }

  // Calls fn(offset) with the offset in the slab of each marked block, in address order, until it
  // returns false. fn may remove that mark.
  template <typename Fn>
  void ForEach(Fn&& fn) const {
    for (size_t w = 0; w < kWords; ++w) {
      for (uint64_t bits = words_[w]; bits != 0; bits &= bits - 1) {
        if (!fn((w * 64 + static_cast<size_t>(std::countr_zero(bits))) * kGranuleBytes)) return;
      }
    }
  }
  void Remove(size_t offset) {
    const size_t granule = offset / kGranuleBytes;
    words_[granule / 64] &= ~(uint64_t{1} << granule % 64);
  }

 private:
  static constexpr size_t kWords = kSlabBytes / kGranuleBytes / 64;
  std::array<uint64_t, kWords> words_;
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_SLAB_MARKS_H_
