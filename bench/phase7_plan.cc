#include "bench/phase7_plan.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bench/larson_args.h"
#include "bench/larson_plan.h"
#include "bench/micro_fastpath_report.h"
#include "bench/random_mixed_args.h"
#include "bench/random_mixed_plan.h"

namespace hakmem::bench {
namespace {

// Operations of random_mixed before the ways of micro_mincore are measured on its blocks.
constexpr char kMincoreOperations[] = "200000";

// Of uniform sizes, which both workloads have.
double MeanSize(uint64_t least, uint64_t most) { return static_cast<double>(least + most) / 2; }

// Fills in both thread counts. `params` are those of the workload.
template <typename Params>
Phase7Workload Both(const char* title, const char* worker, const SizeMix& mix, Params params,
                    uint64_t cores) {
  Phase7Workload both;
  both.title = title;
  both.worker = worker;
  both.mix = mix;
  params.threads = 1;
  both.one_thread = MakeWorkload(params);
  params.threads = cores;
  both.all_cores = MakeWorkload(params);
  return both;
}

}  // namespace

std::vector<Phase7Workload> PlanPhase7(const Phase7Options& options) {
  LarsonParams larson;
  larson.seconds = options.seconds;
  std::vector<Phase7Workload> plan = {Both(
      "larson 8-128", "larson_worker",
      {.tiny = 64, .mean = MeanSize(larson.min_size, larson.max_size)}, larson, options.cores)};
  RandomMixedParams mixed;
  mixed.operations = options.operations;
  mixed.max_size = 1024;
  plan.push_back(Both("random_mixed 16-1024", "random_mixed_worker",
                      {.tiny = 256, .mean = MeanSize(mixed.min_size, mixed.max_size)}, mixed,
                      options.cores));
  mixed.max_size = 4096;
  const double mid_share =
      (4096.0 - 1024.0) / static_cast<double>(mixed.max_size - mixed.min_size + 1);
  plan.push_back(
      Both("random_mixed 16-4096", "random_mixed_worker",
           {.tiny = 256, .mid_share = mid_share, .mean = MeanSize(mixed.min_size, mixed.max_size)},
           mixed, options.cores));
  return plan;
}

Workload PlanMicro(const Phase7Options& options) {
  Workload workload = FastPathWorkload(
      "^((malloc|free)/(64|256|4096)|pair/(1024|4096)|refill|flush|l25|aligned_free|usable_size)$",
      options.micro_seconds);
  workload.title = "cycles of the steps";
  return workload;
}

Workload PlanStream() {
  Workload workload = FastPathWorkload("^refill$", 0.01);
  workload.title = "counted stream";
  return workload;
}

Workload PlanMincore(const Phase7Options& options) {
  return {.title = "cycles of the header guard",
          .arguments = {kMincoreOperations,
                        absl::StrCat("--benchmark_min_time=", options.micro_seconds)},
          .expected_seconds = 30 * options.micro_seconds};
}

}  // namespace hakmem::bench
