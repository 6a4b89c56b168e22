#include "testing/stress/tally.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <new>

namespace hakmem::stress {
namespace {

static_assert(Counter::is_always_lock_free, "processes share them");

unsigned long long Get(const Counter& counter) { return counter.load(std::memory_order_relaxed); }

// The most that any process of the run had resident, in MiB.
long PeakMiB() {
  rusage own = {};
  rusage children = {};
  getrusage(RUSAGE_SELF, &own);
  getrusage(RUSAGE_CHILDREN, &children);
  return std::max(own.ru_maxrss, children.ru_maxrss) / 1024;
}

}  // namespace

Tally& Tally::MakeShared() {
  void* const memory =
      mmap(nullptr, sizeof(Tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  return *new (memory) Tally;
}

void Tally::Add(model::Model& model) {
  const model::Counts counts = model.TakeCounts();
  for (size_t i = 0; i < operations.size(); ++i) Add(operations[i], counts.operations[i]);
  Add(refused, counts.refused);
  if (!model.ok()) Fail("%s", model.violation());
}

void Tally::Fail(const char* format, ...) {
  if (failed_.exchange(true, std::memory_order_relaxed)) return;
  // No stream: its lock may be held by a thread that the child of a fork does not have.
  char text[640];
  va_list arguments;
  va_start(arguments, format);
  const int length = std::vsnprintf(text, sizeof(text) - 1, format, arguments);
  va_end(arguments);
  const size_t end = std::min(static_cast<size_t>(std::max(length, 0)), sizeof(text) - 2);
  text[end] = '\n';
  if (write(STDERR_FILENO, text, end + 1) < 0) std::abort();
}

uint64_t Tally::TotalOperations() const {
  uint64_t total = 0;
  for (const Counter& counter : operations) total += Get(counter);
  return total;
}

void Tally::PrintProgress(double elapsed) const {
  std::printf("%6.0f s  %6.2f million operations, %llu threads, %llu forks, %llu at a limit\n",
              elapsed, static_cast<double>(TotalOperations()) / 1e6, Get(threads), Get(forks),
              Get(limited));
  std::fflush(stdout);
}

void Tally::PrintSummary() const {
  for (size_t i = 0; i < operations.size(); ++i) {
    std::printf("%12llu  %s\n", Get(operations[i]), model::kOperationNames[i]);
  }
  std::printf("%12llu  refused for want of memory\n", Get(refused));
  std::printf("%12llu  handed to another thread\n", Get(handed));
  std::printf("%12llu  purges\n%12llu  statistics\n", Get(purges), Get(statistics));
  std::printf("%12llu  threads\n%12llu  forks\n", Get(threads), Get(forks));
  std::printf("%12llu  lives at a limit of memory\n", Get(limited));
  std::printf("%12ld  MiB resident at most, of one process\n", PeakMiB());
  std::printf("%s: %llu operations\n", failed() ? "FAILED" : "passed",
              static_cast<unsigned long long>(TotalOperations()));
}

}  // namespace hakmem::stress
