#include "bench/compare/measure.h"

#include <sys/utsname.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bench/harness/comparison.h"

namespace hakmem::bench {
namespace {

// "AMD EPYC, 2 processors, Linux 6.1".
std::string DescribeMachine() {
  std::string model = "unknown processor";
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    if (line.rfind("model name", 0) != 0) continue;
    model = line.substr(std::min(line.find(':') + 2, line.size()));
    break;
  }
  utsname system = {};
  uname(&system);
  return absl::StrCat(model, ", ", std::thread::hardware_concurrency(), " processors, ",
                      system.sysname, " ", system.release);
}

RowResult EmptyRow(const Row& row, size_t allocators) {
  return {.name = row.name,
          .title = row.title,
          .group = row.group,
          .memory = row.memory,
          .cells = std::vector<CellResult>(allocators)};
}

size_t NumberOf(const std::vector<Allocator>& allocators, const Allocator& allocator) {
  const auto found = std::find(allocators.begin(), allocators.end(), allocator);
  return static_cast<size_t>(found - allocators.begin());
}

// Puts what the harness gathered into the rows.
void Fill(const ResultGrid& grid, std::vector<RowResult>* rows) {
  for (size_t row = 0; row < grid.size(); ++row) {
    for (size_t i = 0; i < grid[row].size(); ++i) {
      CellResult& cell = (*rows)[row].cells[i];
      cell.failure = grid[row][i].failure;
      for (const Metrics& metrics : grid[row][i].rounds) cell.rounds.push_back(metrics.values);
    }
  }
}

}  // namespace

Results Measure(const std::vector<Row>& rows, const std::vector<Allocator>& allocators,
                size_t rounds, Trials* trials, bool terminal, std::ostream& progress_out) {
  Results results;
  results.machine = DescribeMachine();
  results.date = absl::FormatTime("%Y-%m-%d", absl::Now(), absl::UTCTimeZone());
  results.rounds = rounds;
  results.allocators = allocators;
  Comparison comparison = {
      .worker = "", .workloads = {}, .allocators = allocators, .rounds = rounds};
  std::vector<const Row*> run;
  std::vector<absl::Status> prepared;
  for (const Row& row : rows) {
    if (!row.missing.empty()) continue;
    // What the trial function finds its row by.
    const std::string number = absl::StrCat(run.size());
    run.push_back(&row);
    prepared.push_back(trials->Prepare(row));
    results.rows.push_back(EmptyRow(row, allocators.size()));
    comparison.workloads.push_back(
        {.title = row.name, .arguments = {number}, .expected_seconds = row.expected_seconds});
  }
  const auto run_trial = [&](const Workload& workload,
                             const Allocator& allocator) -> absl::StatusOr<Metrics> {
    const size_t number = std::stoul(workload.arguments[0]);
    if (!prepared[number].ok()) return prepared[number];
    absl::StatusOr<TrialResult> trial = trials->Run(*run[number], allocator);
    if (!trial.ok()) return trial.status();
    CellResult& cell = results.rows[number].cells[NumberOf(allocators, allocator)];
    if (cell.rss.empty()) cell.rss = std::move(trial->rss);
    return std::move(trial->metrics);
  };
  Fill(RunComparison(comparison, run_trial, terminal, progress_out), &results.rows);
  return results;
}

bool AnyFailed(const Results& results) {
  return std::any_of(results.rows.begin(), results.rows.end(), [](const RowResult& row) {
    return std::any_of(row.cells.begin(), row.cells.end(),
                       [](const CellResult& cell) { return !cell.failure.empty(); });
  });
}

}  // namespace hakmem::bench
