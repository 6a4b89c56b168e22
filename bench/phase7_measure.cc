#include "bench/phase7_measure.h"

#include <unistd.h>

#include <cstddef>
#include <iostream>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bench/harness/comparison.h"
#include "bench/harness/metrics.h"
#include "bench/harness/peers.h"
#include "bench/harness/runfiles.h"
#include "bench/phase7_medians.h"

namespace hakmem::bench {
namespace {

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
                                   .rounds = options_.rounds};
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
      measured[a].runs.push_back(SummarizeRun(grid[0][a], grid[1][a]));
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

}  // namespace

absl::StatusOr<Phase7Results> MeasurePhase7(const std::string& program,
                                            const Phase7Options& options) {
  Measurement measurement(program, options);
  Phase7Results results = measurement.Run();
  if (!measurement.status().ok()) return measurement.status();
  return results;
}

}  // namespace hakmem::bench
