// How many blocks each list of a thread's cache may hold. All begin short, as what a list holds is
// memory that nothing else can have. One may hold twice as many where that spares trips to the
// slabs: it was full and is used up all the same, or is not half full when it is looked at, because
// mallocs and frees take turns. One that is idle is as short as before, and where the thread gives
// twice of what all of them may hold back, none grows, as they go home before (idle_lists.h).
//
// Only for whoever has the heap.
#ifndef HAKMEM_SUPERSLAB_LIST_LIMITS_H_
#define HAKMEM_SUPERSLAB_LIST_LIMITS_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "core/size_classes.h"

namespace hakmem {

class ListLimits {
 public:
  // What a list may hold at first, and at most, in bytes; and what all lists of a thread together
  // may hold beyond what they may at first. See "What was measured" in docs/design.md.
  static constexpr size_t kFirstBytes = 128 * 1024;
  static constexpr size_t kMostBytes = 2 * 1024 * 1024;
  static constexpr size_t kMostExtraBytes = 20 * 1024 * 1024;
  static_assert(kFirstBytes >= kSlabBytes, "a refill may bring all blocks of a slab");
  // Lists of large blocks may hold so many at first, all the same; those of small ones no more than
  // 16 bits can count.
  static constexpr uint32_t kLeastBlocks = 32;
  static constexpr uint32_t kMostBlocks = 32 * 1024;

  constexpr ListLimits() = default;

  // Blocks that list `c` may hold.
  uint32_t Get(SizeClass c) const { return kFirst[c] << doublings_[c]; }

  // Lets list `c` hold twice as many, unless that is too much for one list, or for all of them.
  void Grow(SizeClass c) {
    const uint32_t blocks = Get(c);
    const size_t bytes = blocks * size_t{kGeometry[c].stride};
    if (2 * blocks > kMostBlocks || 2 * bytes > kMostBytes) return;
    if (extra_bytes_ + bytes > kMostExtraBytes) return;
    ++doublings_[c];
    extra_bytes_ += static_cast<uint32_t>(bytes);
  }

  // What all lists together may hold, in bytes.
  size_t Bytes() const { return kAllFirstBytes + extra_bytes_; }

  // Lets list `c` hold as many as at first.
  void Reset(SizeClass c) {
    extra_bytes_ -= (Get(c) - kFirst[c]) * kGeometry[c].stride;
    doublings_[c] = 0;
  }

 private:
  static constexpr std::array<uint32_t, kNumClasses> kFirst = [] {
    std::array<uint32_t, kNumClasses> limits{};
    for (SizeClass c = 1; c < kNumClasses; ++c) {
      limits[c] = std::max<uint32_t>(kLeastBlocks, kFirstBytes / kGeometry[c].stride);
    }
    return limits;
  }();

  static constexpr size_t kAllFirstBytes = [] {
    size_t bytes = 0;
    for (SizeClass c = 1; c < kNumClasses; ++c) bytes += kFirst[c] * size_t{kGeometry[c].stride};
    return bytes;
  }();

  uint8_t doublings_[kNumClasses] = {};
  uint32_t extra_bytes_ = 0;
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_LIST_LIMITS_H_
