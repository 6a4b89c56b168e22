// Which step served each malloc and free, counted exactly in the stats=1 variant and not at all in
// the others. Steps are those of the free dispatch (box/dispatch.h).
//
//   mallocs  = malloc_cache + malloc_run
//   to_cache = free_cache + free_header + free_slab + free_mid
//   frees    = to_cache + free_run
//   hits     = (malloc_cache - malloc_refill) + (to_cache - free_flush)
//
// A malloc counts also when it fails; a refused free is none.
//
// A realloc that moves a block is one of each: a malloc, and a free by the step that found the old
// block. One that does not move it, and free(NULL), count nowhere.
#ifndef HAKMEM_CORE_STEP_COUNTERS_H_
#define HAKMEM_CORE_STEP_COUNTERS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/compiler.h"
#include "core/config.h"

namespace hakmem {

enum class Step : size_t {
  kMallocCache,   // a block of a size class, by the thread cache
  kMallocRefill,  // of these, how often its list was empty
  kMallocRun,     // a run
  kFreeCache,     // step 1: class known at once, block to the thread cache
  kFreeFlush,     // of all to_cache, how often the list was looked at, or a slab changed hands
  kFreeHeader,    // step 2: aligned block, by AllocHeader (header variant)
  kFreeSlab,      // step 3: tiny block by lookup (its header byte was overwritten)
  kFreeMid,       // step 4: mid block by lookup (likewise)
  kFreeRun,       // step 4: run by lookup
  kFreeRefused,   // step 5: not a block
  kCount,
};

// Not `inline`, so that each file has a copy of its own: of a shared one gcc may take some
// literals' addresses from memory, and others from its own file's, and they need not be equal.
constexpr const char* kStepNames[] = {
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
  uint64_t Mallocs() const { return Get(Step::kMallocCache) + Get(Step::kMallocRun); }
  uint64_t Frees() const { return ToCache() + Get(Step::kFreeRun); }
  uint64_t Hits() const {
    return Get(Step::kMallocCache) - Get(Step::kMallocRefill) + ToCache() - Get(Step::kFreeFlush);
  }

 private:
  uint64_t ToCache() const {
    return Get(Step::kFreeCache) + Get(Step::kFreeHeader) + Get(Step::kFreeSlab) +
           Get(Step::kFreeMid);
  }

  std::atomic<uint64_t> counts_[static_cast<size_t>(Step::kCount)]{};
};

}  // namespace hakmem

#endif  // HAKMEM_CORE_STEP_COUNTERS_H_
