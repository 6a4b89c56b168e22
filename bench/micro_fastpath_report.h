// What //bench:micro_fastpath runs, and the tables it makes of that.
#ifndef BENCH_MICRO_FASTPATH_REPORT_H_
#define BENCH_MICRO_FASTPATH_REPORT_H_

#include <string>
#include <vector>

#include "bench/harness/comparison.h"

namespace hakmem::bench {

// All operations whose name matches the regular expression `filter` (all: "."), each for at least
// `seconds`.
Workload FastPathWorkload(const std::string& filter, double seconds);

// The same as several workloads, to show hit rates of: the hit path, and each slow one.
std::vector<Workload> FastPathHitWorkloads();

// The tables of the one workload in `grid`: cycles, cycles above the empty calls, instructions.
std::string FormatFastPath(const Comparison& comparison, const ResultGrid& grid);

}  // namespace hakmem::bench

#endif  // BENCH_MICRO_FASTPATH_REPORT_H_
