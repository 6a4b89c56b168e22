#include "testing/stress/limits.h"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <thread>

#include "box/hakmem.h"
#include "testing/model/allocator.h"
#include "testing/model/model.h"
#include "testing/stress/processes.h"
#include "testing/stress/workers.h"

namespace hakmem::stress {
namespace {

using model::kMiB;

constexpr size_t kOperations = 3'000;
constexpr size_t kFillBytes = kMiB;
constexpr size_t kDataRoom = 48 * kMiB;
// For the program, its libraries and three stacks as well.
constexpr size_t kAddressLimit = 384 * kMiB;
constexpr model::Limits kLimits = {.sizes = {0, 32 * kMiB},
                                   .largest_alignment = kMiB,
                                   .most_blocks = 3'000,
                                   .most_touched_bytes = 128 * kMiB,
                                   .most_virtual_bytes = 1024 * kMiB,
                                   .may_be_refused = 0};

// The blocks form a list through their first word, so that they need no other memory.
struct Link {
  Link* next;
};

// As many blocks of kFillBytes as there are; adds their number to `*count`.
Link* Fill(Tally& tally, size_t* count) {
  Link* list = nullptr;
  errno = 0;
  while (void* p = model::AllocatorUnderTest().malloc(kFillBytes)) {
    list = new (p) Link{list};
    ++*count;
  }
  if (errno != ENOMEM) tally.Fail("malloc refused with error %d, not ENOMEM", errno);
  return list;
}

void FreeAll(Link* list) {
  while (list != nullptr) {
    Link* const next = list->next;
    model::AllocatorUnderTest().free(list);
    list = next;
  }
}

// Reaches the limit, and works there and beside it. Returns how many blocks of kFillBytes there
// were.
size_t WorkAtLimit(Run& run) {
  model::Model model(model::AllocatorUnderTest(), kLimits, run.seed, run.NextModel());
  const auto work = [&] {
    for (size_t i = 0; i < kOperations && model.ok(); ++i) model.Step();
  };
  work();
  size_t filled = 0;
  Link* const list = Fill(run.tally, &filled);
  work();
  FreeAll(list);
  work();
  model.FreeAll();
  run.tally.Add(model);
  return filled;
}

// When all blocks are free again.
void ExpectToFill(Run& run, size_t expected) {
  if (run.tally.failed()) return;  // then they are not
  hak_purge();
  size_t filled = 0;
  FreeAll(Fill(run.tally, &filled));
  if (filled < expected / 10 * 9) {
    run.tally.Fail("at the limit there were %zu MiB, and now %zu", expected, filled);
  }
  run.tally.Add(run.tally.limited);
}

// Bytes that count against RLIMIT_DATA.
size_t DataBytes() {
  size_t pages = 0;
  FILE* const file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr || std::fscanf(file, "%*s %*s %*s %*s %*s %zu", &pages) != 1) return 0;
  std::fclose(file);
  return pages * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

// Lowers the soft limit alone: the tests' own records may go beyond (private_memory.h).
bool Limit(decltype(RLIMIT_AS) resource, size_t bytes) {
  rlimit limit;
  if (getrlimit(resource, &limit) != 0) return false;
  limit.rlim_cur = bytes;
  return setrlimit(resource, &limit) == 0;
}

}  // namespace

void LiveAtDataLimit(Run& run) {
  if (!Limit(RLIMIT_DATA, DataBytes() + kDataRoom)) return run.tally.Fail("no RLIMIT_DATA");
  const size_t filled = WorkAtLimit(run);
  ExpectToFill(run, filled);
}

void RunLimitedProcesses(Run& run) {
  for (unsigned n = 0; !run.Over(); ++n) {
    const std::string seed = "--seed=" + std::to_string(run.seed + n);
    const char* const arguments[] = {"stress", "--at_limit", seed.c_str(), nullptr};
    const pid_t child = fork();
    if (child == 0) {
      Limit(RLIMIT_AS, kAddressLimit);
      execv("/proc/self/exe", const_cast<char* const*>(arguments));
      _exit(127);
    }
    ExpectSuccess(run.tally, child, "a process with little address space");
    run.tally.Add(run.tally.limited);
    for (int i = 0; i < 10 && !run.Over(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
}

int LiveAtAddressLimit(uint64_t seed) {
  EndIfStuck();
  mallopt(M_ARENA_MAX, 1);  // where malloc is not replaced, an arena takes 128 MiB of addresses
  Run run{.seed = seed,
          .deadline = model::Deadline(std::chrono::seconds(kSecondsUntilStuck)),
          .tally = Tally::MakeShared()};
  std::thread one(WorkAtLimit, std::ref(run));
  std::thread other(WorkAtLimit, std::ref(run));
  const size_t filled = WorkAtLimit(run);
  one.join();
  other.join();
  ExpectToFill(run, filled);
  CheckNothingLost(run.tally);
  return run.tally.failed() ? 1 : 0;
}

}  // namespace hakmem::stress
