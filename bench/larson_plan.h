// What //bench:larson runs: the workloads for its arguments, and what it says about them.
#ifndef BENCH_LARSON_PLAN_H_
#define BENCH_LARSON_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/harness/comparison.h"
#include "bench/harness/report.h"
#include "bench/larson_args.h"

namespace hakmem::bench {

// The command line, apart from what concerns the allocators.
struct LarsonOptions {
  std::vector<std::string> positional;  // none, or the seven classic arguments
  double seconds = 1;                   // of one trial, without positional arguments
  uint64_t operations_per_thread = 0;   // as in LarsonParams
  bool self_check = false;
  uint64_t cores = 1;
};

// The parameters to run, in order. Without positional arguments: 8-128 bytes and 8-1000 bytes, each
// with 1 thread and with one for each core. With them: just those.
absl::StatusOr<std::vector<LarsonParams>> PlanLarson(const LarsonOptions& options);

// `params` as the worker's arguments and a title.
Workload MakeWorkload(const LarsonParams& params);

// What a plan does, in a few lines for the head of the output. `plan` must not be empty.
std::string DescribePlan(const std::vector<LarsonParams>& plan, size_t rounds);

// Whether under some allocator of `cells` more than a fifth of the time (the median) went into
// hand-overs, so that the figures tell of thread creation too.
bool HandoverShows(const std::vector<Cell>& cells);

// The columns that larson adds: the share of time in hand-over and, when that shows, throughput
// without that time.
std::vector<ExtraColumn> LarsonColumns(bool handover_shows);

// What to say below a table when hand-over shows in it.
std::string HandoverWarning(const LarsonParams& params);

}  // namespace hakmem::bench

#endif  // BENCH_LARSON_PLAN_H_
