// phase7: the predictions and the go/no-go table of the Phase 7 review (docs/phase7.md), beside
// what is measured here.
//
//   main -> PlanPhase7, PlanMicro, ...   what to run
//        -> RunComparison                each trial in a process of its own, interleaved
//        -> FormatModel, FormatGuesses, FormatRuns, FormatGoNoGo
//
//   bazel run //bench:phase7
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iostream>
#include <limits>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "bench/harness/comparison.h"
#include "bench/harness/peers.h"
#include "bench/harness/runfiles.h"
#include "bench/harness/stats.h"
#include "bench/phase7_go_no_go.h"
#include "bench/phase7_plan.h"
#include "bench/phase7_report.h"
#include "bench/phase7_results.h"

ABSL_FLAG(int, rounds, 5, "How often each workload runs under each allocator.");
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

// A variant of hakmem to measure, and the same with exact counters.
struct Variant {
  const char* title;
  const char* library;
  const char* counting;
};
constexpr Variant kVariants[] = {
    {"map", "bench/libhakmem_map.so", "bench/libhakmem_stats.so"},
    {"header", "bench/libhakmem_header.so", "bench/libhakmem_header_stats.so"},
    {"phase7", "bench/libhakmem_phase7.so", "bench/libhakmem_phase7_stats.so"},
};
constexpr size_t kPhase7 = 2;  // of kVariants

// The medians of all that a worker reported.
Metrics Medians(const Cell& cell) {
  Metrics medians;
  if (cell.rounds.empty()) return medians;
  for (const auto& [key, unused] : cell.rounds.front().values) {
    std::vector<double> values;
    for (const Metrics& metrics : cell.rounds) values.push_back(metrics.Get(key));
    medians.values[key] = Summarize(std::move(values)).median;
  }
  return medians;
}

double MedianSpeed(const Cell& cell) {
  std::vector<double> speeds;
  for (const Metrics& metrics : cell.rounds) speeds.push_back(metrics.MillionOpsPerSecond());
  return Summarize(std::move(speeds)).median;
}

double Overhead(const Cell& cell) {
  const Metrics medians = Medians(cell);
  const double heap = medians.Get("heap.peak_used_bytes");
  return heap > 0 ? medians.Get("heap.metadata_bytes") / heap
                  : std::numeric_limits<double>::quiet_NaN();
}

// Runs everything. Remembers the first failure, and goes on.
class Measurement {
 public:
  Measurement(const std::string& program, const Phase7Options& options)
      : roots_(RunfilesRoots(program)), options_(options) {}

  const absl::Status& status() const { return status_; }

  Phase7Results Run() {
    Phase7Results results;
    results.cores = static_cast<double>(options_.cores);
    const std::vector<Allocator> allocators = FindAllocators();
    std::vector<Phase7Allocator> measured(allocators.size());
    for (size_t a = 0; a < allocators.size(); ++a) measured[a].title = allocators[a].title;
    for (const Phase7Workload& workload : PlanPhase7(options_)) {
      results.workloads.push_back(workload.title);
      results.mixes.push_back(workload.mix);
      AddRuns(workload, allocators, measured);
    }
    const ResultGrid micro = Compare("micro_fastpath_worker", {PlanMicro(options_)}, allocators);
    for (size_t a = 0; a < allocators.size(); ++a) measured[a].micro = Medians(micro[0][a]);
    results.mincore = Medians(
        Compare("micro_mincore_worker", {PlanMincore(options_)}, {allocators[kPhase7]})[0][0]);
    for (size_t v = 0; v < std::size(kVariants); ++v) Count(kVariants[v], measured[v]);

    const auto variants_end = measured.begin() + std::size(kVariants);
    results.variants.assign(measured.begin(), variants_end);
    results.system = *variants_end;
    if (variants_end + 1 != measured.end()) results.mimalloc = *(variants_end + 1);
    return results;
  }

 private:
  std::string Find(const std::string& runfile) {
    std::string path = FindRunfile(roots_, runfile);
    if (path.empty()) Note(absl::NotFoundError(absl::StrCat("no ", runfile)));
    return path;
  }

  void Note(const absl::Status& status) { status_.Update(status); }

  // The variants in their order, the system's, then mimalloc if it is installed.
  std::vector<Allocator> FindAllocators() {
    std::vector<Allocator> allocators;
    for (const Variant& variant : kVariants) {
      allocators.push_back(
          {.key = variant.title, .title = variant.title, .library = Find(variant.library)});
    }
    allocators.push_back(SystemAllocator());
    for (const Allocator& peer : FindPeers(KnownPeers(), LibraryDirectories()).found) {
      if (peer.key == "mimalloc") allocators.push_back(peer);
    }
    return allocators;
  }

  ResultGrid Compare(const std::string& worker, const std::vector<Workload>& workloads,
                     const std::vector<Allocator>& allocators) {
    const Comparison comparison = {.worker = Find(absl::StrCat("bench/", worker)),
                                   .workloads = workloads,
                                   .allocators = allocators,
                                   .rounds = static_cast<size_t>(absl::GetFlag(FLAGS_rounds))};
    const ResultGrid grid = RunComparison(
        comparison,
        [&comparison](const Workload& workload, const Allocator& allocator) {
          return RunTrial(comparison.worker, workload, allocator);
        },
        isatty(STDERR_FILENO) != 0, std::cerr);
    for (const std::vector<Cell>& row : grid) {
      for (size_t a = 0; a < row.size(); ++a) {
        if (row[a].failure.empty()) continue;
        Note(absl::InternalError(
            absl::StrCat(worker, " under ", allocators[a].title, ": ", row[a].failure)));
      }
    }
    return grid;
  }

  void AddRuns(const Phase7Workload& workload, const std::vector<Allocator>& allocators,
               std::vector<Phase7Allocator>& measured) {
    const ResultGrid grid =
        Compare(workload.worker, {workload.one_thread, workload.all_cores}, allocators);
    for (size_t a = 0; a < allocators.size(); ++a) {
      const Cell& one = grid[0][a];
      const Cell& all = grid[1][a];
      measured[a].runs.push_back({.one_thread_speed = MedianSpeed(one),
                                  .all_cores_speed = MedianSpeed(all),
                                  .one_thread_rss = Medians(one).PeakRssMib(),
                                  .all_cores_rss = Medians(all).PeakRssMib(),
                                  .overhead = std::max(Overhead(one), Overhead(all))});
    }
  }

  // The exact counters, of one run each.
  void Count(const Variant& variant, Phase7Allocator& measured) {
    const Allocator counting = {
        .key = variant.title, .title = variant.title, .library = Find(variant.counting)};
    const auto count = [&](const std::string& worker, const Workload& workload) {
      absl::StatusOr<Metrics> metrics =
          RunTrial(Find(absl::StrCat("bench/", worker)), workload, counting);
      Note(metrics.status());
      return metrics.ok() ? *std::move(metrics) : Metrics();
    };
    for (const Phase7Workload& workload : PlanPhase7(options_)) {
      measured.counted.push_back(count(workload.worker, workload.one_thread));
    }
    measured.stream = count("micro_fastpath_worker", PlanStream());
  }

  std::vector<std::string> roots_;
  Phase7Options options_;
  absl::Status status_;
};

int RunPhase7(const std::string& program, size_t arguments) {
  if (arguments != 0 || absl::GetFlag(FLAGS_rounds) < 1) {
    std::cerr << "phase7: takes flags only, and at least one round\n";
    return 2;
  }
  Measurement measurement(program, {.seconds = absl::GetFlag(FLAGS_seconds),
                                    .operations = absl::GetFlag(FLAGS_ops),
                                    .micro_seconds = absl::GetFlag(FLAGS_micro_seconds),
                                    .cores = std::max(1u, std::thread::hardware_concurrency())});
  const Phase7Results results = measurement.Run();
  if (!measurement.status().ok()) {
    std::cerr << "phase7: " << measurement.status().message() << "\n";
    return 1;
  }
  std::cout << FormatModel(results) << "\n"
            << FormatGuesses(results) << "\n"
            << FormatRuns(results) << "\n"
            << FormatGoNoGo(results);
  return 0;
}

}  // namespace
}  // namespace hakmem::bench

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(hakmem::bench::kUsage);
  const std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  return hakmem::bench::RunPhase7(arguments[0], arguments.size() - 1);
}
