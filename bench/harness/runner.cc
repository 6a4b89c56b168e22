#include "bench/harness/runner.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "bench/harness/hit_rate.h"
#include "bench/harness/json_report.h"
#include "bench/harness/peers.h"
#include "bench/harness/report.h"
#include "bench/harness/runfiles.h"

ABSL_FLAG(int, rounds, 0,
          "How often each workload runs under each allocator; 0: 5, or 3 with numbers as "
          "arguments.");
ABSL_FLAG(std::vector<std::string>, allocators, {},
          "The allocators to compare, by name and in this order: hakmem, hakmem_header, "
          "hakmem_phase7 (micro-benchmarks only), system, mimalloc, jemalloc, tcmalloc, tbbmalloc, "
          "and those of --add. Default: all there are.");
ABSL_FLAG(std::vector<std::string>, add, {}, "NAME=PATH,...: further libraries to compare.");
ABSL_FLAG(bool, here, false,
          "Do not preload anything: measure the allocator that this environment selects.");
ABSL_FLAG(std::string, json, "", "A file to write every figure of every round to.");
ABSL_FLAG(bool, hits, false,
          "Run each workload once more, not timed, under hakmem with exact counters, and show how "
          "many calls its cache served. Most benchmarks do so anyway.");
ABSL_FLAG(std::string, hakmem, "", "Path of libhakmem.so; default: the one built with this.");
ABSL_FLAG(std::string, hakmem_header, "",
          "Path of the header variant of libhakmem.so; default: the one built with this.");

namespace hakmem::bench {
namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

// Workspace-relative paths of what the BUILD file gives as data.
constexpr char kHakmem[] = "bench/libhakmem_map.so";
constexpr char kHakmemHeader[] = "bench/libhakmem_header.so";
constexpr char kHakmemPhase7[] = "bench/libhakmem_phase7.so";
constexpr char kHakmemStats[] = "bench/libhakmem_stats.so";

constexpr char kHakmemKey[] = "hakmem";

struct Candidates {
  std::vector<Allocator> allocators;
  std::vector<Peer> missing;
};

// Adds a variant of hakmem: from `flag_path` when given, else from the runfiles. A library that was
// not built is left out.
absl::Status AddHakmem(const char* key, const char* title, const std::string& flag_path,
                       const std::string& built_path, std::vector<Allocator>* allocators) {
  if (flag_path.empty() && built_path.empty()) return absl::OkStatus();
  const std::string& path = flag_path.empty() ? built_path : flag_path;
  absl::StatusOr<Allocator> allocator = ParseNamedLibrary(absl::StrCat(key, "=", path));
  if (!allocator.ok()) return allocator.status();
  allocator->title = title;
  allocators->push_back(*std::move(allocator));
  return absl::OkStatus();
}

absl::StatusOr<Candidates> FindAllocators(const std::vector<std::string>& roots,
                                          const Benchmark& benchmark) {
  if (absl::GetFlag(FLAGS_here)) return Candidates{{EnvironmentAllocator()}, {}};
  Candidates candidates;
  absl::Status status = AddHakmem(kHakmemKey, "hakmem (map)", absl::GetFlag(FLAGS_hakmem),
                                  FindRunfile(roots, kHakmem), &candidates.allocators);
  if (!status.ok()) return status;
  status = AddHakmem("hakmem_header", "hakmem (header)", absl::GetFlag(FLAGS_hakmem_header),
                     FindRunfile(roots, kHakmemHeader), &candidates.allocators);
  if (!status.ok()) return status;
  if (benchmark.with_phase7) {
    status = AddHakmem("hakmem_phase7", "hakmem (phase7)", "", FindRunfile(roots, kHakmemPhase7),
                       &candidates.allocators);
    if (!status.ok()) return status;
  }
  const absl::StatusOr<InstalledPeers> others = FindOthers(absl::GetFlag(FLAGS_add));
  if (!others.ok()) return others.status();
  candidates.missing = others->missing;
  candidates.allocators.insert(candidates.allocators.end(), others->found.begin(),
                               others->found.end());
  std::vector<std::string> keys = absl::GetFlag(FLAGS_allocators);
  if (keys.empty()) keys = benchmark.default_allocators;
  absl::StatusOr<std::vector<Allocator>> selected = SelectAllocators(candidates.allocators, keys);
  if (!selected.ok()) return selected.status();
  candidates.allocators = *std::move(selected);
  return candidates;
}

// The hit rates of hakmem in `workloads` as a text, "" when it is not among the allocators or has
// no such variant built.
std::string MeasureHits(const Comparison& comparison, const std::vector<Workload>& workloads,
                        const std::string& stats_library) {
  const bool compares_hakmem =
      std::any_of(comparison.allocators.begin(), comparison.allocators.end(),
                  [](const Allocator& allocator) { return allocator.key == kHakmemKey; });
  if (!compares_hakmem || stats_library.empty()) return "";
  const Allocator counting = {
      .key = "hakmem_stats", .title = "hakmem (map, stats)", .library = stats_library};
  std::vector<absl::StatusOr<Metrics>> counted;
  for (const Workload& workload : workloads) {
    counted.push_back(RunTrial(comparison.worker, workload, counting));
  }
  return absl::StrCat("\n", FormatHitRates(workloads, counted));
}

int Fail(const std::string& name, const absl::Status& status, int exit_status) {
  std::cerr << name << ": " << std::string(status.message()) << "\n";
  return exit_status;
}

}  // namespace

int RefuseArguments(const std::string& name, const absl::Status& status) {
  return Fail(name, status, kExitUsage);
}

int RunBenchmark(const std::string& program, const Benchmark& benchmark) {
  const std::vector<std::string> roots = RunfilesRoots(program);
  Comparison comparison;
  comparison.worker = FindRunfile(roots, benchmark.worker.empty()
                                             ? absl::StrCat("bench/", benchmark.name, "_worker")
                                             : benchmark.worker);
  if (comparison.worker.empty()) {
    return RefuseArguments(benchmark.name, absl::NotFoundError("no worker beside this"));
  }
  const absl::StatusOr<Candidates> candidates = FindAllocators(roots, benchmark);
  if (!candidates.ok()) return RefuseArguments(benchmark.name, candidates.status());
  comparison.workloads = benchmark.workloads;
  comparison.allocators = candidates->allocators;
  const int rounds = absl::GetFlag(FLAGS_rounds);
  comparison.rounds = rounds > 0 ? static_cast<size_t>(rounds) : benchmark.default_rounds;

  std::cout << benchmark.describe(comparison.rounds)
            << FormatAllocators(comparison.allocators, candidates->missing) << std::flush;
  const ResultGrid grid = RunComparison(
      comparison,
      [&comparison](const Workload& workload, const Allocator& allocator) {
        return RunTrial(comparison.worker, workload, allocator);
      },
      isatty(STDERR_FILENO) != 0, std::cerr);
  std::cout << benchmark.format(comparison, grid) << std::flush;
  if (benchmark.with_hits || absl::GetFlag(FLAGS_hits)) {
    std::cout << MeasureHits(
        comparison, benchmark.hit_workloads.empty() ? benchmark.workloads : benchmark.hit_workloads,
        FindRunfile(roots, kHakmemStats));
  }
  const std::string json = absl::GetFlag(FLAGS_json);
  if (!json.empty()) {
    const absl::Status status = WriteFile(json, FormatJson(benchmark.name, comparison, grid));
    if (!status.ok()) return Fail(benchmark.name, status, kExitFailed);
  }
  return AnyFailed(grid) ? kExitFailed : 0;
}

uint64_t CountCores() {
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof(cores), &cores) != 0) return 1;
  return static_cast<uint64_t>(CPU_COUNT(&cores));
}

}  // namespace hakmem::bench
