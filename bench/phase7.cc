// phase7: the predictions and the go/no-go table of the Phase 7 review (docs/phase7.md), beside
// what is measured here.
//
//   main -> MeasurePhase7 -> PlanPhase7, PlanMicro, ...   what to run
//                         -> RunComparison                each trial in a process of its own
//        -> FormatModel, FormatGuesses, FormatRuns, FormatGoNoGo
//
//   bazel run //bench:phase7
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/statusor.h"
#include "bench/harness/command_line.h"
#include "bench/phase7_go_no_go.h"
#include "bench/phase7_measure.h"
#include "bench/phase7_plan.h"
#include "bench/phase7_report.h"
#include "bench/phase7_results.h"

ABSL_FLAG(int, rounds, static_cast<int>(hakmem::bench::Phase7Options().rounds),
          "How often each workload runs under each allocator.");
ABSL_FLAG(double, seconds, hakmem::bench::Phase7Options().seconds, "Of one larson run.");
ABSL_FLAG(uint64_t, ops, hakmem::bench::Phase7Options().operations,
          "Operations of each thread in one random_mixed run.");
ABSL_FLAG(double, micro_seconds, hakmem::bench::Phase7Options().micro_seconds,
          "How long each micro-benchmark runs, at least.");

namespace hakmem::bench {
namespace {

constexpr char kUsage[] =
    "The predictions and the go/no-go table of the Phase 7 review, beside what is measured. Takes\n"
    "no arguments but flags. The exit status is 1 when a run failed, 2 when the arguments are\n"
    "wrong.";

int RunPhase7(const std::string& program, size_t arguments) {
  if (arguments != 0 || absl::GetFlag(FLAGS_rounds) < 1) {
    std::cerr << "phase7: takes flags only, and at least one round\n";
    return 2;
  }
  const absl::StatusOr<Phase7Results> results =
      MeasurePhase7(program, {.seconds = absl::GetFlag(FLAGS_seconds),
                              .operations = absl::GetFlag(FLAGS_ops),
                              .micro_seconds = absl::GetFlag(FLAGS_micro_seconds),
                              .cores = std::max(1u, std::thread::hardware_concurrency()),
                              .rounds = static_cast<size_t>(absl::GetFlag(FLAGS_rounds))});
  if (!results.ok()) {
    std::cerr << "phase7: " << results.status().message() << "\n";
    return 1;
  }
  std::cout << FormatModel(*results) << "\n"
            << FormatGuesses(*results) << "\n"
            << FormatRuns(*results) << "\n"
            << FormatGoNoGo(*results);
  return 0;
}

}  // namespace
}  // namespace hakmem::bench

int main(int argc, char** argv) {
  const std::vector<std::string> arguments =
      hakmem::bench::ParseCommandLine(hakmem::bench::kUsage, argc, argv);
  return hakmem::bench::RunPhase7(arguments[0], arguments.size() - 1);
}
