// stress: everything that the API offers at once, for as long as one likes, with a check of all
// contents (testing/model/model.h).
//
//   main -> RunWorkers           threads that come and go, and hand each other blocks
//        -> RunMaintenance       purges and statistics at any moment
//        -> RunForks             fork() meanwhile, to several generations, some of them limited
//        -> RunLimitedProcesses  this program again, with little address space
//        -> hak_purge_in_background, as the preload library would
//        -> Finish               all blocks come back, nothing is lost
//
// What happens depends on the schedule as well as on the seed. Time only decides when to stop.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <random>
#include <thread>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "box/hakmem.h"
#include "testing/model/allocator.h"
#include "testing/model/scale.h"
#include "testing/stress/forks.h"
#include "testing/stress/limits.h"
#include "testing/stress/run.h"
#include "testing/stress/workers.h"

ABSL_FLAG(double, minutes, 0, "How long to go on; added to --seconds.");
ABSL_FLAG(double, seconds, 0, "How long to go on; without this and --minutes, half a minute.");
ABSL_FLAG(uint64_t, seed, 0, "Fixes what is random, but for the schedule. 0: another every time.");
ABSL_FLAG(unsigned, threads, 4, "How many threads allocate at a time.");
ABSL_FLAG(bool, at_limit, false, "Live at a limit of address space, once. For its own use.");

namespace hakmem::stress {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kProgressEvery{5};

std::chrono::seconds Duration() {
  const double seconds = absl::GetFlag(FLAGS_minutes) * 60 + absl::GetFlag(FLAGS_seconds);
  return std::chrono::seconds(seconds > 0 ? std::max<int64_t>(1, static_cast<int64_t>(seconds))
                                          : 30);
}

uint64_t Seed() {
  const uint64_t seed = absl::GetFlag(FLAGS_seed);
  return seed != 0 ? seed : std::random_device()();
}

// Says how far the run is until it is over.
void ShowProgress(const Run& run) {
  const auto start = steady_clock::now();
  auto next = start + kProgressEvery;
  while (!run.Over()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    if (steady_clock::now() < next) continue;
    run.tally.PrintProgress(std::chrono::duration<double>(next - start).count());
    next += kProgressEvery;
  }
}

int Stress() {
  Run run{.seed = Seed(), .deadline = model::Deadline(Duration()), .tally = Tally::MakeShared()};
  std::printf("stress of %s, hakmem %s: %lld s, --seed=%llu\n", model::AllocatorUnderTest().name,
              hak_version(), static_cast<long long>(Duration().count()),
              static_cast<unsigned long long>(run.seed));
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < absl::GetFlag(FLAGS_threads); ++i) {
    threads.emplace_back(RunWorkers, std::ref(run));
  }
  threads.emplace_back(RunMaintenance, std::ref(run));
  hak_purge_in_background();
  if (model::kThreadSanitized) {
    std::puts("left out: fork, since ThreadSanitizer does not follow the child of a threaded one");
  } else {
    threads.emplace_back(RunForks, std::ref(run));
  }
  if (kCanLimit) {
    threads.emplace_back(RunLimitedProcesses, std::ref(run));
  } else {
    std::puts("left out: limits of memory, since a sanitizer's own is far above any");
  }
  ShowProgress(run);
  for (std::thread& thread : threads) thread.join();
  Finish(run);
  run.tally.PrintSummary();
  return run.tally.failed() ? 1 : 0;
}

}  // namespace
}  // namespace hakmem::stress

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("Uses all of hakmem at once and checks every block.");
  absl::ParseCommandLine(argc, argv);
  if (absl::GetFlag(FLAGS_at_limit)) {
    return hakmem::stress::LiveAtAddressLimit(absl::GetFlag(FLAGS_seed));
  }
  return hakmem::stress::Stress();
}
