// What the rounds of a trial come to, for the tables of //bench:phase7. Pure functions.
#ifndef BENCH_PHASE7_MEDIANS_H_
#define BENCH_PHASE7_MEDIANS_H_

#include "bench/harness/comparison.h"
#include "bench/harness/metrics.h"
#include "bench/phase7_results.h"

namespace hakmem::bench {

// The median of every figure that a worker reported; none when no round succeeded.
Metrics Medians(const Cell& cell);

// What an allocator did in one workload, at one thread and at one for each core.
Phase7Run SummarizeRun(const Cell& one_thread, const Cell& all_cores);

}  // namespace hakmem::bench

#endif  // BENCH_PHASE7_MEDIANS_H_
