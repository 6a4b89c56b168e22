// What //bench:random_mixed runs: the workloads for its arguments, and what it says about them.
#ifndef BENCH_RANDOM_MIXED_PLAN_H_
#define BENCH_RANDOM_MIXED_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/harness/comparison.h"
#include "bench/random_mixed_args.h"

namespace hakmem::bench {

// The command line, apart from what concerns the allocators.
struct RandomMixedOptions {
  std::vector<std::string> positional;  // up to three: OPERATIONS LARGEST SEED
  uint64_t slots = RandomMixedParams().slots;
  bool self_check = false;
  uint64_t cores = 1;
};

// The parameters to run, in order, each size with 1 thread and with one for each core. Without
// positional arguments sizes from 16 to 1024, to 4096 and to 32768; with them to LARGEST alone.
absl::StatusOr<std::vector<RandomMixedParams>> PlanRandomMixed(const RandomMixedOptions& options);

// `params` as the worker's arguments and a title.
Workload MakeWorkload(RandomMixedParams params);

// What a plan does, in a few lines for the head of the output. `plan` must not be empty.
std::string DescribePlan(const std::vector<RandomMixedParams>& plan, size_t rounds);

}  // namespace hakmem::bench

#endif  // BENCH_RANDOM_MIXED_PLAN_H_
