#include "bench/harness/comparison.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bench/harness/child_process.h"
#include "bench/harness/interleave.h"
#include "bench/harness/progress.h"

namespace hakmem::bench {
namespace {

// What a trial may take beyond its expected time on a busy machine, before it counts as hung.
constexpr double kGraceSeconds = 60;
constexpr double kGraceFactor = 4;

double SecondsSince(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

bool IsSameFile(const std::string& a, const std::string& b) {
  std::error_code error;
  return std::filesystem::equivalent(a, b, error) && !error;
}

}  // namespace

absl::StatusOr<Metrics> RunTrial(const std::string& worker, const Workload& workload,
                                 const Allocator& allocator) {
  ChildCommand command;
  command.program = worker;
  command.arguments = workload.arguments;
  command.timeout_seconds = kGraceSeconds + kGraceFactor * workload.expected_seconds;
  if (!allocator.from_environment) command.preload = allocator.library;
  const absl::StatusOr<std::string> report = RunChild(command);
  if (!report.ok()) return report.status();
  absl::StatusOr<Metrics> metrics = ParseReport(*report);
  if (metrics.ok() && !allocator.library.empty() &&
      !IsSameFile(metrics->malloc_library, allocator.library)) {
    return absl::FailedPreconditionError(
        absl::StrCat("preload had no effect: malloc is from ", metrics->malloc_library));
  }
  return metrics;
}

ResultGrid RunComparison(const Comparison& comparison, const TrialFunction& run_trial,
                         bool terminal, std::ostream& progress_out) {
  ResultGrid grid(comparison.workloads.size(), std::vector<Cell>(comparison.allocators.size()));
  const std::vector<Trial> trials = InterleavedTrials(
      comparison.rounds, comparison.workloads.size(), comparison.allocators.size());
  double expected_seconds = 0;
  for (const Trial& trial : trials) {
    expected_seconds += comparison.workloads[trial.workload].expected_seconds;
  }
  Progress progress(trials.size(), expected_seconds, terminal, progress_out);
  const auto begin = std::chrono::steady_clock::now();
  for (size_t i = 0; i < trials.size(); ++i) {
    const Workload& workload = comparison.workloads[trials[i].workload];
    const Allocator& allocator = comparison.allocators[trials[i].allocator];
    Cell& cell = grid[trials[i].workload][trials[i].allocator];
    progress.Update(i, SecondsSince(begin), absl::StrCat(workload.title, ", ", allocator.title));
    if (!cell.failure.empty()) continue;
    absl::StatusOr<Metrics> metrics = run_trial(workload, allocator);
    if (metrics.ok()) {
      cell.rounds.push_back(*std::move(metrics));
    } else {
      cell.failure = std::string(metrics.status().message());
    }
  }
  progress.Clear();
  return grid;
}

bool AnyFailed(const ResultGrid& grid) {
  return std::any_of(grid.begin(), grid.end(), [](const std::vector<Cell>& cells) {
    return std::any_of(cells.begin(), cells.end(),
                       [](const Cell& cell) { return !cell.failure.empty(); });
  });
}

}  // namespace hakmem::bench
