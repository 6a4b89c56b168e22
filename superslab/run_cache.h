// Runs that a heap keeps: what its thread freed last, up to 512 KiB in all. A program that takes
// and frees buffers by turns gets them without the superslab heap's mutex, and with their pages.
//
// Only a run of just the wanted size is taken, the newest; the oldest go when it gets too much. A
// thread that has asked for none since, or never, keeps no more. A kept run stays a run in the
// region map and counts as used; its record says that it has no block. Only for whoever has the
// heap.
#ifndef HAKMEM_SUPERSLAB_RUN_CACHE_H_
#define HAKMEM_SUPERSLAB_RUN_CACHE_H_

#include <algorithm>
#include <array>
#include <cstddef>

#include "superslab/address_space.h"

namespace hakmem {

class RunCache {
 public:
  static constexpr size_t kMostUnits = 8;

  // The first unit of a run of `units` units; AddressSpace::kNone when there is none.
  size_t Take(size_t units) {
    asked_ = true;
    for (size_t i = count_; i-- > 0;) {
      if (runs_[i].units == units) return Remove(i).first;
    }
    return AddressSpace::kNone;
  }

  // Keeps the run [first, first + units), at most kMostUnits, or else calls release(first, units)
  // for it, as it does for each run that must go.
  template <typename Release>
  void Put(size_t first, size_t units, Release&& release) {
    if (!asked_) return release(first, units);
    while (kept_ + units > kMostUnits) {
      asked_ = false;
      ReleaseOldest(release);
    }
    runs_[count_++] = {first, units};
    kept_ += units;
  }

  // Calls release(first, units) for the run that starts with unit `first`; false when it is not
  // kept.
  template <typename Release>
  bool Drop(size_t first, Release&& release) {
    for (size_t i = 0; i < count_; ++i) {
      if (runs_[i].first != first) continue;
      release(first, Remove(i).units);
      return true;
    }
    return false;
  }

  // Calls release(first, units) for all.
  template <typename Release>
  void Clear(Release&& release) {
    while (count_ > 0) ReleaseOldest(release);
  }

 private:
  struct Extent {
    size_t first;
    size_t units;
  };

  template <typename Release>
  void ReleaseOldest(Release&& release) {
    const Extent oldest = Remove(0);
    release(oldest.first, oldest.units);
  }

  Extent Remove(size_t i) {
    const Extent removed = runs_[i];
    std::copy(runs_.begin() + i + 1, runs_.begin() + count_, runs_.begin() + i);
    --count_;
    kept_ -= removed.units;
    return removed;
  }

  std::array<Extent, kMostUnits> runs_{};  // the oldest first
  size_t count_ = 0;
  size_t kept_ = 0;     // units, in all of them
  bool asked_ = false;  // since the last one had to go
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_RUN_CACHE_H_
