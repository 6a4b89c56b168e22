// larson: Larson and Krishnan's server workload (larson_workload.h) under hakmem and its peers.
//
//   main -> FindAllocators   which allocators there are, and where
//        -> PlanLarson       which workloads
//        -> RunComparison    each trial in a larson_worker process of its own
//        -> FormatWorkload   a table for each workload
#include <sched.h>
#include <unistd.h>

#include <cstdint>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "bench/harness/comparison.h"
#include "bench/harness/json_report.h"
#include "bench/harness/peers.h"
#include "bench/harness/report.h"
#include "bench/harness/runfiles.h"
#include "bench/larson_plan.h"

ABSL_FLAG(int, rounds, 0,
          "How often each workload runs under each allocator; 0: 5, or 3 with arguments.");
ABSL_FLAG(double, seconds, 1, "How long one run lasts, when no arguments are given.");
ABSL_FLAG(std::vector<std::string>, allocators, {},
          "The allocators to compare, by name and in this order: hakmem, hakmem_header, system, "
          "mimalloc, jemalloc, tcmalloc, tbbmalloc, and those of --add. Default: all there are.");
ABSL_FLAG(std::vector<std::string>, add, {}, "NAME=PATH,...: further libraries to compare.");
ABSL_FLAG(bool, here, false,
          "Do not preload anything: measure the allocator that this environment selects.");
ABSL_FLAG(std::string, json, "", "A file to write every figure of every round to.");
ABSL_FLAG(std::string, hakmem, "", "Path of libhakmem.so; default: the one built with this.");
ABSL_FLAG(std::string, hakmem_header, "",
          "Path of the header variant of libhakmem.so; default: the one built with this.");
ABSL_FLAG(uint64_t, ops, 0,
          "Operations for each thread, instead of seconds: what is done then does not depend on "
          "time. 0: by time.");
ABSL_FLAG(bool, self_check, false,
          "Check the contents of all blocks. The figures are then not an allocator's speed.");

namespace hakmem::bench {
namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;
constexpr int kDefaultRounds = 5;
constexpr int kClassicRounds = 3;

// Workspace-relative paths of what the BUILD file gives as data.
constexpr char kWorker[] = "bench/larson_worker";
constexpr char kHakmem[] = "bench/libhakmem_map.so";
constexpr char kHakmemHeader[] = "bench/libhakmem_header.so";

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

struct Candidates {
  std::vector<Allocator> allocators;
  std::vector<Peer> missing;
};

uint64_t CountCores() {
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof(cores), &cores) != 0) return 1;
  return static_cast<uint64_t>(CPU_COUNT(&cores));
}

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

absl::StatusOr<Candidates> FindAllocators(const std::vector<std::string>& roots) {
  if (absl::GetFlag(FLAGS_here)) return Candidates{{EnvironmentAllocator()}, {}};
  Candidates candidates;
  absl::Status status = AddHakmem("hakmem", "hakmem (map)", absl::GetFlag(FLAGS_hakmem),
                                  FindRunfile(roots, kHakmem), &candidates.allocators);
  if (!status.ok()) return status;
  status = AddHakmem("hakmem_header", "hakmem (header)", absl::GetFlag(FLAGS_hakmem_header),
                     FindRunfile(roots, kHakmemHeader), &candidates.allocators);
  if (!status.ok()) return status;
  candidates.allocators.push_back(SystemAllocator());
  InstalledPeers peers = FindPeers(KnownPeers(), LibraryDirectories());
  candidates.missing = std::move(peers.missing);
  for (Allocator& peer : peers.found) candidates.allocators.push_back(std::move(peer));
  for (const std::string& named : absl::GetFlag(FLAGS_add)) {
    absl::StatusOr<Allocator> allocator = ParseNamedLibrary(named);
    if (!allocator.ok()) return allocator.status();
    candidates.allocators.push_back(*std::move(allocator));
  }
  absl::StatusOr<std::vector<Allocator>> selected =
      SelectAllocators(candidates.allocators, absl::GetFlag(FLAGS_allocators));
  if (!selected.ok()) return selected.status();
  candidates.allocators = *std::move(selected);
  return candidates;
}

// Prints a table for each workload.
void PrintResults(const Comparison& comparison, const std::vector<LarsonParams>& plan,
                  const ResultGrid& grid) {
  for (size_t i = 0; i < plan.size(); ++i) {
    const bool handover_shows = HandoverShows(grid[i]);
    std::cout << "\n"
              << FormatWorkload(comparison.workloads[i], comparison.allocators, grid[i],
                                LarsonColumns(handover_shows));
    if (handover_shows) std::cout << HandoverWarning(plan[i]);
  }
  std::cout << "\n" << FormatLegend();
}

int Fail(const absl::Status& status, int exit_status) {
  std::cerr << "larson: " << std::string(status.message()) << "\n";
  return exit_status;
}

int RunLarsonComparison(const std::string& program, std::vector<std::string> positional) {
  const std::vector<std::string> roots = RunfilesRoots(program);
  Comparison comparison;
  comparison.worker = FindRunfile(roots, kWorker);
  if (comparison.worker.empty())
    return Fail(absl::NotFoundError("no larson_worker beside this"), kExitUsage);
  const absl::StatusOr<Candidates> candidates = FindAllocators(roots);
  if (!candidates.ok()) return Fail(candidates.status(), kExitUsage);
  comparison.allocators = candidates->allocators;
  const int default_rounds = positional.empty() ? kDefaultRounds : kClassicRounds;
  const int rounds = absl::GetFlag(FLAGS_rounds);
  comparison.rounds = static_cast<size_t>(rounds > 0 ? rounds : default_rounds);
  const absl::StatusOr<std::vector<LarsonParams>> plan =
      PlanLarson({.positional = std::move(positional),
                  .seconds = absl::GetFlag(FLAGS_seconds),
                  .operations_per_thread = absl::GetFlag(FLAGS_ops),
                  .self_check = absl::GetFlag(FLAGS_self_check),
                  .cores = CountCores()});
  if (!plan.ok()) return Fail(plan.status(), kExitUsage);
  for (const LarsonParams& params : *plan) comparison.workloads.push_back(MakeWorkload(params));

  std::cout << DescribePlan(*plan, comparison.rounds)
            << FormatAllocators(comparison.allocators, candidates->missing) << std::flush;
  const ResultGrid grid = RunComparison(
      comparison,
      [&comparison](const Workload& workload, const Allocator& allocator) {
        return RunTrial(comparison.worker, workload, allocator);
      },
      isatty(STDERR_FILENO) != 0, std::cerr);
  PrintResults(comparison, *plan, grid);
  const std::string json = absl::GetFlag(FLAGS_json);
  if (!json.empty()) {
    const absl::Status status = WriteFile(json, FormatJson("larson", comparison, grid));
    if (!status.ok()) return Fail(status, kExitFailed);
  }
  return AnyFailed(grid) ? kExitFailed : 0;
}

}  // namespace
}  // namespace hakmem::bench

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(hakmem::bench::kUsage);
  const std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  return hakmem::bench::RunLarsonComparison(
      arguments[0], std::vector<std::string>(arguments.begin() + 1, arguments.end()));
}
