// micro_mincore: cycles of each way to know that the byte before a pointer may be read
// (micro_mincore_ways.h), on the live blocks of hakmem's header and phase7 variants, which need to
// know, and of the system's allocator.
//
//   bazel run //bench:micro_mincore
#include <cmath>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bench/harness/command_line.h"
#include "bench/harness/micro_report.h"
#include "bench/harness/report.h"
#include "bench/harness/runner.h"
#include "bench/micro_mincore_ways.h"

ABSL_FLAG(double, seconds, 0.05, "How long each way runs, at least.");

namespace hakmem::bench {
namespace {

// Enough for the table of blocks to be in its steady state.
constexpr uint64_t kOperations = 200'000;

constexpr char kUsage[] =
    "Cycles of each way to know that the byte before a pointer may be read, on the live blocks of\n"
    "the allocators. Takes no arguments but flags.";

std::string FormatWays(const Comparison& comparison, const ResultGrid& grid) {
  const std::vector<Cell>& cells = grid.front();
  std::vector<MicroRow> above;
  std::vector<MicroRow> asked;
  for (const Way& way : kWays) {
    const std::string name = way.name;
    above.push_back({.title = way.title, .value = [name](const Metrics& metrics) {
                       const double cycles = MicroCounter(metrics, "cycles", name);
                       return name == kWays[0].name
                                  ? cycles
                                  : cycles - MicroCounter(metrics, "cycles", kWays[0].name);
                     }});
    asked.push_back(CounterRow(way.title, kAsked, name));
  }
  return absl::StrCat(
      "\n",
      FormatMicroTable({.title = "cycles above the loop", .rows = above, .decimals = 2},
                       comparison.allocators, cells),
      "\n",
      FormatMicroTable(
          {.title = "kernel asked, %", .rows = asked, .decimals = 2, .mark_least = false},
          comparison.allocators, cells),
      "\n", FormatFailures(comparison.allocators, cells), DescribeCycles(cells),
      "Medians over the rounds, for one pointer; all but the loop's own are less that. The "
      "pointers\n"
      "are the live blocks of 16 to 1024 bytes after ",
      kOperations,
      " operations of random_mixed. Kernel asked:\nfor how many of them a way takes its system "
      "call; "
      "for the others it ends before that.\n");
}

int RunMicroMincore(const std::string& program, size_t arguments) {
  Benchmark benchmark;
  benchmark.name = "micro_mincore";
  benchmark.with_phase7 = true;
  benchmark.with_hits = false;
  benchmark.default_allocators = {"hakmem_header", "hakmem_phase7", "system"};
  if (arguments != 0) {
    return RefuseArguments(benchmark.name, absl::InvalidArgumentError("takes flags only"));
  }
  const double seconds = absl::GetFlag(FLAGS_seconds);
  benchmark.workloads = {
      {.title = "all ways",
       .arguments = {absl::StrCat(kOperations), absl::StrCat("--benchmark_min_time=", seconds)},
       .expected_seconds = 2.5 * seconds * std::size(kWays)}};
  benchmark.describe = [](size_t rounds) {
    return absl::StrCat("micro_mincore: ", Plural(rounds, "round"),
                        " of all ways on each allocator's blocks, interleaved.\n");
  };
  benchmark.format = FormatWays;
  return RunBenchmark(program, benchmark);
}

}  // namespace
}  // namespace hakmem::bench

int main(int argc, char** argv) {
  const std::vector<std::string> arguments =
      hakmem::bench::ParseCommandLine(hakmem::bench::kUsage, argc, argv);
  return hakmem::bench::RunMicroMincore(arguments[0], arguments.size() - 1);
}
