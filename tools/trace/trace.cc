// trace: what a trace of HAKMEM_MEM_TRACE=1 tells, and its replay as a benchmark.
//
//   main -> ReadTrace -> Analyze -> FormatReport
//                     `- MakePlan, WritePlan -> RunBenchmark: each trial in a replay_worker process
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "bench/harness/command_line.h"
#include "bench/harness/comparison.h"
#include "bench/harness/metrics.h"
#include "bench/harness/report.h"
#include "bench/harness/runner.h"
#include "tools/trace/analysis.h"
#include "tools/trace/replay_plan.h"
#include "tools/trace/report.h"
#include "tools/trace/trace_file.h"

ABSL_FLAG(bool, replay, false,
          "Replay the trace as a benchmark of every allocator, instead of the report.");
ABSL_FLAG(uint64_t, repeat, 0,
          "Of the replay: how often a run repeats the trace; 0: until it is 5 million calls.");

namespace hakmem::trace {
namespace {

constexpr char kName[] = "trace";
constexpr int kExitFailed = 1;
constexpr uint64_t kCallsOfARun = 5'000'000;
// Of a run on a slow machine: how long it is expected to last decides when it counts as hung.
constexpr double kSecondsPerCall = 200e-9;

constexpr char kUsage[] =
    "What a trace file of HAKMEM_MEM_TRACE=1 tells, and its replay as a benchmark.\n\n"
    "  trace FILE              a report: live bytes over time, peak, lifetimes, leaks\n"
    "  trace --replay FILE     the trace under hakmem, the system's allocator and its peers\n\n"
    "The replay has the trace's threads and calls, and the order of calls that concern one block;\n"
    "it leaves out the time between calls, and touches every page of a block. Its flags are those\n"
    "of every benchmark: --rounds, --allocators, --add, --hits, --json and more; see --helpfull.";

// Paths are meant from where the user is: bazel run starts programs elsewhere.
void GoToUsersDirectory() {
  const char* const directory = getenv("BUILD_WORKING_DIRECTORY");
  std::error_code error;  // of a directory that is gone; then paths are what they are
  if (directory != nullptr) std::filesystem::current_path(directory, error);
}

int Fail(const absl::Status& status) {
  std::cerr << kName << ": " << std::string(status.message()) << "\n";
  return kExitFailed;
}

// The plan's file, which goes when this object does.
class PlanFile {
 public:
  PlanFile() {
    std::string name = (std::filesystem::temp_directory_path() / "replay_plan.XXXXXX").string();
    const int file = mkstemp(name.data());
    if (file >= 0) {
      close(file);
      path_ = name;
    }
  }
  ~PlanFile() { unlink(path_.c_str()); }
  PlanFile(const PlanFile&) = delete;
  PlanFile& operator=(const PlanFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

bench::Workload MakeWorkload(const Trace& trace, const ReplayPlan& plan,
                             const std::string& plan_path) {
  uint64_t repeat = absl::GetFlag(FLAGS_repeat);
  if (repeat == 0) repeat = (kCallsOfARun + plan.calls - 1) / std::max<uint64_t>(plan.calls, 1);
  repeat = std::max<uint64_t>(repeat, 1);
  bench::Workload workload;
  workload.title =
      absl::StrCat("replay of ", trace.program, ": ", plan.calls, " calls, ", plan.threads.size(),
                   plan.threads.size() == 1 ? " thread" : " threads", ", ", repeat,
                   repeat == 1 ? " time" : " times");
  workload.arguments = {plan_path, absl::StrCat(repeat)};
  workload.expected_seconds = static_cast<double>(repeat * plan.calls) * kSecondsPerCall;
  return workload;
}

std::string FormatReplay(const bench::Comparison& comparison, const bench::ResultGrid& grid) {
  const std::vector<bench::ExtraColumn> columns = {{"waits %",
                                                    [](const bench::Metrics& metrics) {
                                                      return 100 * metrics.Get("waits") /
                                                             metrics.Get("operations");
                                                    },
                                                    2}};
  return absl::StrCat(
      "\n", bench::FormatWorkload(comparison.workloads[0], comparison.allocators, grid[0], columns),
      "waits %: calls that waited for another thread, whose call stands before it in the "
      "trace.\n\n",
      bench::FormatLegend());
}

int Replay(const std::string& program, const Trace& trace) {
  const ReplayPlan plan = MakePlan(trace);
  if (plan.calls == 0) return Fail(absl::InvalidArgumentError("the trace has no calls"));
  const PlanFile plan_file;
  const absl::Status written = WritePlan(plan, plan_file.path());
  if (!written.ok()) return Fail(written);
  return bench::RunBenchmark(program, {.name = kName,
                                       .worker = "tools/trace/replay_worker",
                                       .workloads = {MakeWorkload(trace, plan, plan_file.path())},
                                       .with_hits = false,
                                       .describe = [](size_t) { return ""; },
                                       .format = FormatReplay});
}

int RunTrace(const std::string& program, const std::vector<std::string>& files) {
  if (files.size() != 1) {
    return bench::RefuseArguments(kName, absl::InvalidArgumentError("takes one FILE; see --help"));
  }
  const absl::StatusOr<Trace> trace = ReadTrace(files[0]);
  if (!trace.ok()) return Fail(trace.status());
  if (absl::GetFlag(FLAGS_replay)) return Replay(program, *trace);
  std::cout << FormatReport(*trace, Analyze(*trace, kChartColumns));
  return 0;
}

}  // namespace
}  // namespace hakmem::trace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments =
      hakmem::bench::ParseCommandLine(hakmem::trace::kUsage, argc, argv);
  const std::string program = std::filesystem::absolute(arguments[0]).string();
  hakmem::trace::GoToUsersDirectory();
  return hakmem::trace::RunTrace(program, {arguments.begin() + 1, arguments.end()});
}
