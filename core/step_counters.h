// Which step served each malloc and free, counted exactly in the stats=1 variant and not at all in
// the others. Steps are those of the free dispatch (box/dispatch.h).
#ifndef HAKMEM_CORE_STEP_COUNTERS_H_
#define HAKMEM_CORE_STEP_COUNTERS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/compiler.h"
#include "core/config.h"

namespace hakmem {

enum class Step : size_t {
  kMallocCache,   // the thread cache had a block
  kMallocRefill,  // the cache was filled first
  kMallocRun,     // a run
  kFreeCache,     // step 1: class known at once, block to the thread cache
  kFreeFlush,     // of these, how often the cache was full and flushed first
  kFreeHeader,    // step 2: by AllocHeader (header variant)
  kFreeSlab,      // step 3: by superslab lookup (header variant: the header byte was overwritten)
  kFreeMid,       // step 4: mid block by the region map (header variant)
  kFreeRun,       // step 4: run by the region map
  kFreeRefused,   // step 5
  kCount,
};

inline constexpr const char* kStepNames[] = {
    "malloc_cache", "malloc_refill", "malloc_run", "free_cache", "free_flush",
    "free_header",  "free_slab",     "free_mid",   "free_run",   "free_refused",
};
static_assert(sizeof(kStepNames) / sizeof(kStepNames[0]) == static_cast<size_t>(Step::kCount));

class StepCounters {
 public:
  constexpr StepCounters() = default;

  HAK_INLINE void Add(Step step) {
    if constexpr (config::kStats) {
      // Relaxed: a statistic orders nothing.
      counts_[static_cast<size_t>(step)].fetch_add(1, std::memory_order_relaxed);
    }
  }
  uint64_t Get(Step step) const {
    return counts_[static_cast<size_t>(step)].load(std::memory_order_relaxed);  // likewise
  }

 private:
  std::atomic<uint64_t> counts_[static_cast<size_t>(Step::kCount)]{};
};

}  // namespace hakmem

#endif  // HAKMEM_CORE_STEP_COUNTERS_H_
