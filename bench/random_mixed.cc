// random_mixed: blocks of random sizes, freed and allocated at random (random_mixed_workload.h),
// under hakmem and its peers.
//
//   bazel run //bench:random_mixed                              # three ranges of sizes
//   bazel run //bench:random_mixed -- 10000000 4096 1234567     # operations, largest size, seed
//   bazel run //bench:random_mixed -- --allocators=hakmem,mimalloc --rounds=9 --json=/tmp/out.json
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/statusor.h"
#include "bench/harness/command_line.h"
#include "bench/harness/report.h"
#include "bench/harness/runner.h"
#include "bench/random_mixed_plan.h"

ABSL_FLAG(uint64_t, slots, hakmem::bench::RandomMixedParams().slots,
          "How many blocks each thread can hold at a time.");
ABSL_FLAG(bool, self_check, false,
          "Check the contents of all blocks. The figures are then not an allocator's speed.");

namespace hakmem::bench {
namespace {

constexpr char kUsage[] =
    "Blocks of random sizes, freed and allocated at random, under hakmem, the system's allocator\n"
    "and its peers.\n\n"
    "  random_mixed [flags]\n"
    "      16 to 1024, to 4096 and to 32768 bytes, 1 thread and one for each core.\n"
    "  random_mixed [flags] OPERATIONS [LARGEST [SEED]]\n"
    "      Operations of each thread (10000000), largest size in bytes (4096), seed (1234567).\n\n"
    "Each allocator runs in its own process by LD_PRELOAD, taking turns with the others.\n"
    "LD_PRELOAD=lib.so random_mixed --here ... measures what is preloaded. The exit status is 1\n"
    "when an allocator failed, 2 when the arguments are wrong.";

int RunRandomMixed(const std::string& program, std::vector<std::string> positional) {
  Benchmark benchmark;
  benchmark.name = "random_mixed";
  if (!positional.empty()) benchmark.default_rounds = 3;
  const auto plan = PlanRandomMixed({.positional = std::move(positional),
                                     .slots = absl::GetFlag(FLAGS_slots),
                                     .self_check = absl::GetFlag(FLAGS_self_check),
                                     .cores = CountCores()});
  if (!plan.ok()) return RefuseArguments(benchmark.name, plan.status());
  for (const RandomMixedParams& params : *plan) {
    benchmark.workloads.push_back(MakeWorkload(params));
  }
  benchmark.describe = [&plan](size_t rounds) { return DescribePlan(*plan, rounds); };
  benchmark.format = FormatWorkloads;
  return RunBenchmark(program, benchmark);
}

}  // namespace
}  // namespace hakmem::bench

int main(int argc, char** argv) {
  const std::vector<std::string> arguments =
      hakmem::bench::ParseCommandLine(hakmem::bench::kUsage, argc, argv);
  return hakmem::bench::RunRandomMixed(arguments[0], {arguments.begin() + 1, arguments.end()});
}
