// micro_fastpath: cycles and instructions of malloc and free, on the hit path for a set of sizes
// and on each slow path (micro_fastpath_operations.h), under hakmem's map, header and phase7
// variants, the system's allocator and its peers.
//
//   bazel run //bench:micro_fastpath
//   bazel run //bench:micro_fastpath -- --filter='^pair/' --rounds=9 --allocators=hakmem,mimalloc
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bench/harness/command_line.h"
#include "bench/harness/report.h"
#include "bench/harness/runner.h"
#include "bench/micro_fastpath_report.h"

ABSL_FLAG(std::string, filter, ".", "A regular expression: which operations to measure.");
ABSL_FLAG(double, seconds, 0.02, "How long each operation runs, at least.");

namespace hakmem::bench {
namespace {

constexpr char kUsage[] =
    "Cycles and instructions of malloc and free, under hakmem's variants, the system's allocator\n"
    "and its peers. Takes no arguments but flags.\n\n"
    "Each allocator runs in its own process by LD_PRELOAD, taking turns with the others. The exit\n"
    "status is 1 when an allocator failed, 2 when the arguments are wrong.";

int RunMicroFastPath(const std::string& program, size_t arguments) {
  Benchmark benchmark;
  benchmark.name = "micro_fastpath";
  benchmark.with_phase7 = true;
  if (arguments != 0) {
    return RefuseArguments(benchmark.name, absl::InvalidArgumentError("takes flags only"));
  }
  benchmark.workloads = {
      FastPathWorkload(absl::GetFlag(FLAGS_filter), absl::GetFlag(FLAGS_seconds))};
  benchmark.hit_workloads = FastPathHitWorkloads();
  benchmark.describe = [](size_t rounds) {
    return absl::StrCat("micro_fastpath: ", Plural(rounds, "round"),
                        " of all operations for each allocator, interleaved, each in its own "
                        "process.\n");
  };
  benchmark.format = FormatFastPath;
  return RunBenchmark(program, benchmark);
}

}  // namespace
}  // namespace hakmem::bench

int main(int argc, char** argv) {
  const std::vector<std::string> arguments =
      hakmem::bench::ParseCommandLine(hakmem::bench::kUsage, argc, argv);
  return hakmem::bench::RunMicroFastPath(arguments[0], arguments.size() - 1);
}
