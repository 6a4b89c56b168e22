// larson: Larson and Krishnan's server workload (larson_workload.h) under hakmem and its peers.
//
//   main -> PlanLarson     which workloads
//        -> RunBenchmark   each trial in a larson_worker process of its own
//        -> FormatLarson   a table for each workload
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "bench/harness/command_line.h"
#include "bench/harness/report.h"
#include "bench/harness/runner.h"
#include "bench/larson_plan.h"

ABSL_FLAG(double, seconds, 1, "How long one run lasts, when no arguments are given.");
ABSL_FLAG(uint64_t, ops, 0,
          "Operations for each thread, instead of seconds: what is done then does not depend on "
          "time. 0: by time.");
ABSL_FLAG(bool, self_check, false,
          "Check the contents of all blocks. The figures are then not an allocator's speed.");

namespace hakmem::bench {
namespace {

constexpr size_t kClassicRounds = 3;

constexpr char kUsage[] =
    "Larson and Krishnan's server workload under hakmem, the system's allocator and its peers.\n\n"
    "  larson [flags]\n"
    "      8-128 and 8-1000 bytes, 1 thread and one for each core.\n"
    "  larson [flags] SECONDS MIN MAX BLOCKS ROUNDS SEED THREADS\n"
    "      The classic arguments: how long, smallest and largest size in bytes, blocks of a\n"
    "      thread, replacements of each block before a new thread takes over, seed, threads.\n"
    "      For example: 10 8 128 1024 1 12345 4. With ROUNDS=1 threads change so often that\n"
    "      their creation is most of the time; the output says how much.\n\n"
    "Each allocator runs in its own process by LD_PRELOAD, taking turns with the others.\n"
    "LD_PRELOAD=lib.so larson --here ... measures what is preloaded. The exit status is 1 when an\n"
    "allocator failed, 2 when the arguments are wrong.";

// A table for each workload of `plan`.
std::string FormatLarson(const std::vector<LarsonParams>& plan, const Comparison& comparison,
                         const ResultGrid& grid) {
  std::string text;
  for (size_t i = 0; i < plan.size(); ++i) {
    const bool handover_shows = HandoverShows(grid[i]);
    absl::StrAppend(&text, "\n",
                    FormatWorkload(comparison.workloads[i], comparison.allocators, grid[i],
                                   LarsonColumns(handover_shows)),
                    handover_shows ? HandoverWarning(plan[i]) : "");
  }
  return absl::StrCat(text, "\n", FormatLegend());
}

int RunLarson(const std::string& program, std::vector<std::string> positional) {
  Benchmark benchmark;
  benchmark.name = "larson";
  benchmark.with_hits = false;
  if (!positional.empty()) benchmark.default_rounds = kClassicRounds;
  const absl::StatusOr<std::vector<LarsonParams>> plan =
      PlanLarson({.positional = std::move(positional),
                  .seconds = absl::GetFlag(FLAGS_seconds),
                  .operations_per_thread = absl::GetFlag(FLAGS_ops),
                  .self_check = absl::GetFlag(FLAGS_self_check),
                  .cores = CountCores()});
  if (!plan.ok()) return RefuseArguments(benchmark.name, plan.status());
  for (const LarsonParams& params : *plan) benchmark.workloads.push_back(MakeWorkload(params));
  benchmark.describe = [&plan](size_t rounds) { return DescribePlan(*plan, rounds); };
  benchmark.format = [&plan](const Comparison& comparison, const ResultGrid& grid) {
    return FormatLarson(*plan, comparison, grid);
  };
  return RunBenchmark(program, benchmark);
}

}  // namespace
}  // namespace hakmem::bench

int main(int argc, char** argv) {
  const std::vector<std::string> arguments =
      hakmem::bench::ParseCommandLine(hakmem::bench::kUsage, argc, argv);
  return hakmem::bench::RunLarson(arguments[0], {arguments.begin() + 1, arguments.end()});
}
