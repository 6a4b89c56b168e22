// A run: whole units that hold one block above 32 KiB (package l25). This is its record, which
// lies in the unit records at its first unit; the units after it have none.
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

  // Says that it holds a block.
  void Set(size_t units_now, size_t bytes_now) {
    units_.store(static_cast<uint32_t>(units_now), std::memory_order_relaxed);
    const size_t unused = (units_now * kUnitBytes - bytes_now) / kPageBytes;
    unused_pages_.store(static_cast<uint32_t>(unused), std::memory_order_relaxed);
  }
  // Says that a heap keeps it, before the run that `link` leads to.
  void SetKept(Link link) {
    unused_pages_.store(kKept, std::memory_order_relaxed);
    next_ = link;
  }
  // How many units it has.
  size_t units() const { return units_.load(std::memory_order_relaxed); }
  // From its start to the end of what the caller may use: whole pages. 0: it holds no block, a heap
  // keeps it.
  size_t bytes() const {
    const uint32_t unused = unused_pages_.load(std::memory_order_relaxed);
    return unused == kKept ? 0 : units() * kUnitBytes - unused * kPageBytes;
  }
  // Of a kept run: to the one that was kept before it.
  Link& next() { return next_; }

 private:
  static constexpr uint32_t kKept = UINT32_MAX;

  std::atomic<uint32_t> units_;
  std::atomic<uint32_t> unused_pages_;  // of its last unit; kKept: a heap keeps it
  Link next_;
  [[maybe_unused]] uint32_t unused_;
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_RUN_H_
