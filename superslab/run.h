// A run: whole units that hold one block above 32 KiB (package l25). This is its record, one for
// each unit (superslab/address_space.h); of a run's units the first one's is in use.
#ifndef HAKMEM_SUPERSLAB_RUN_H_
#define HAKMEM_SUPERSLAB_RUN_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/config.h"

namespace hakmem {

// Only the thread that holds the block, or whose heap keeps the run, writes it. Atomic, relaxed,
// because statistics may read it at any time and are content with a moment's value.
struct Run {
  // To a kept run: its first unit's number and 1; 0: to none.
  using Link = uint32_t;

  // Says that it holds a block: `bytes` from its start on, whole pages.
  void Set(size_t units, size_t bytes) { Store(units, (units * kUnitBytes - bytes) / kPageBytes); }
  // Says that a heap keeps it, before the run that `link` leads to.
  void SetKept(Link link) {
    Store(units(), kKept);
    next_ = link;
  }
  // How many units it has.
  size_t units() const { return static_cast<uint32_t>(Load()); }
  // From its start to the end of what the caller may use. 0: it holds no block, a heap keeps it.
  size_t bytes() const {
    const uint64_t both = Load();
    const uint64_t unused_pages = both >> 32;
    if (unused_pages == kKept) return 0;
    return static_cast<uint32_t>(both) * kUnitBytes - unused_pages * kPageBytes;
  }
  // Of a kept run: to the one that was kept before it.
  Link& next() { return next_; }

 private:
  static constexpr uint64_t kKept = UINT32_MAX;

  uint64_t Load() const { return units_and_unused_pages_.load(std::memory_order_relaxed); }
  void Store(size_t units, uint64_t unused_pages) {
    units_and_unused_pages_.store(units | unused_pages << 32, std::memory_order_relaxed);
  }

  // One word, of which each has a half, so that a reader has both of one moment.
  std::atomic<uint64_t> units_and_unused_pages_;
  Link next_;
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_RUN_H_
