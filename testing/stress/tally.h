// What a stress run has done so far, and the first broken promise that it saw.
//
// One object for all threads, and in memory that forked children share: what a child does counts,
// and what it finds wrong fails the run. So it is atomics alone; all of them relaxed, because they
// are figures and hints, and whoever needs more joins a thread or waits for a process.
#ifndef HAKMEM_TESTING_STRESS_TALLY_H_
#define HAKMEM_TESTING_STRESS_TALLY_H_

#include <array>
#include <atomic>
#include <cstdint>

#include "testing/model/model.h"

namespace hakmem::stress {

using Counter = std::atomic<uint64_t>;

class Tally {
 public:
  // A tally that children of fork() share. Never unmapped.
  static Tally& MakeShared();

  Tally() = default;
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;

  void Add(Counter& counter, uint64_t n = 1) { counter.fetch_add(n, std::memory_order_relaxed); }
  // Adds what `model` did since it was made, or since the last call for it, and its violation.
  void Add(model::Model& model);

  // Notes what went wrong, on stderr; the run ends. The message of the first call stays.
  [[gnu::format(printf, 2, 3)]] void Fail(const char* format, ...);
  bool failed() const { return failed_.load(std::memory_order_relaxed); }

  uint64_t TotalOperations() const;
  // A line of the figures so far; with `elapsed` seconds before it.
  void PrintProgress(double elapsed) const;
  // All figures, and how the run ended.
  void PrintSummary() const;

  std::array<Counter, model::kOperations> operations{};
  Counter refused{};     // for want of memory
  Counter handed{};      // blocks that went from one thread to another
  Counter purges{};      // hak_purge(), malloc_trim()
  Counter statistics{};  // hak_stats(), mallinfo2()
  Counter threads{};
  Counter forks{};
  Counter limited{};  // lives at a limit of memory

 private:
  std::atomic<bool> failed_ = false;
};

}  // namespace hakmem::stress

#endif  // HAKMEM_TESTING_STRESS_TALLY_H_
