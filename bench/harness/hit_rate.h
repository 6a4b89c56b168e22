// How much of a workload hakmem's thread cache served, from the exact counters of a stats=1
// variant.
//
// Such a variant says in hak_stats() how many calls each step served (core/step_counters.h);
// a worker that runs under it passes them on as steps.NAME=COUNT (worker_report.h). Counting slows
// it down, so these figures come from a run of their own.
#ifndef BENCH_HARNESS_HIT_RATE_H_
#define BENCH_HARNESS_HIT_RATE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/harness/comparison.h"
#include "bench/harness/metrics.h"

namespace hakmem::bench {

// Calls of the whole process, its start and end included.
struct HitRate {
  double mallocs = 0;
  double malloc_hits = 0;  // a block was in the thread's cache
  double refills = 0;      // the cache was empty
  double frees = 0;
  double free_hits = 0;  // the block went to the thread's cache and nothing else happened
  double flushes = 0;    // the cache had to be looked at, and was flushed when it was full
  double step1 = 0;      // of the frees: the class was known at once
  double refused = 0;
};

// The counters in `metrics`; all 0 when the worker reported none.
HitRate ComputeHitRate(const Metrics& metrics);

// A table with a row for each workload, and its legend. `counted` has an entry for each workload; a
// failed one says why.
std::string FormatHitRates(const std::vector<Workload>& workloads,
                           const std::vector<absl::StatusOr<Metrics>>& counted);

}  // namespace hakmem::bench

#endif  // BENCH_HARNESS_HIT_RATE_H_
