// The histogram of the sizes that a program asks for: exact counts for each size to 1024 bytes, and
// for each size class what was asked for and what was given.
//
// Thread-safe. Counters are relaxed: statistics order nothing, and a print shows a moment's
// figures.
#ifndef HAKMEM_BOX_OBSERVE_SIZE_HISTOGRAM_H_
#define HAKMEM_BOX_OBSERVE_SIZE_HISTOGRAM_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/size_classes.h"
#include "superslab/observer.h"

namespace hakmem {

class SizeHistogram {
 public:
  // Counts the event, unless it is a free or a request that failed.
  void Add(const Event& event);

  void Clear();

  // Writes the histogram to a file descriptor, line by line. Async-signal-safe.
  void Print(int fd) const;

  // How many requests there were for exactly `size` <= kMaxTinyRequest bytes.
  uint64_t Count(size_t size) const { return exact_[size].load(std::memory_order_relaxed); }

 private:
  // A size class, or one of the two kinds of runs.
  struct Row {
    std::atomic<uint64_t> requests{0};
    std::atomic<uint64_t> bytes_requested{0};
    std::atomic<uint64_t> bytes_given{0};
  };
  struct Totals {
    uint64_t requests = 0;
    uint64_t bytes_requested = 0;
    uint64_t bytes_given = 0;
    uint64_t most_requests = 0;  // of one row
  };
  static constexpr size_t kL25Row = kNumClasses;
  static constexpr size_t kHugeRow = kNumClasses + 1;

  static size_t RowOf(size_t usable);
  Totals Sum() const;
  void PrintRow(int fd, size_t row, const Totals& totals) const;
  void PrintAnswer(int fd, const Totals& totals) const;

  std::atomic<uint64_t> exact_[kMaxTinyRequest + 1] = {};
  Row rows_[kNumClasses + 2];
};

}  // namespace hakmem

#endif  // HAKMEM_BOX_OBSERVE_SIZE_HISTOGRAM_H_
