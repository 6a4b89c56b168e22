// The progress line of a long run, with the time that is left.
//
// On a terminal one line is rewritten in place. Elsewhere (a log, a pipe) whole lines are written,
// about ten in all. The caller gives the elapsed time, so nothing here depends on a clock.
#ifndef BENCH_HARNESS_PROGRESS_H_
#define BENCH_HARNESS_PROGRESS_H_

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>

namespace hakmem::bench {

// Not thread-safe. Invariant: reported_tenths_ is the last tenth of the steps that a line off a
// terminal was written for, -1 before the first.
class Progress {
 public:
  // `steps` is how many steps the whole run has, `expected_seconds` how long it should take (used
  // until the steps' own pace is known). Writes to `out`, which must outlive this object.
  Progress(size_t steps, double expected_seconds, bool terminal, std::ostream& out);

  // Says that `done` steps are done after `elapsed_seconds`, and that `what` is under way.
  void Update(size_t done, double elapsed_seconds, std::string_view what);

  // Removes the line from a terminal. Call it before other output.
  void Clear();

 private:
  double SecondsLeft(size_t done, double elapsed_seconds) const;

  size_t steps_;
  double expected_seconds_;
  bool terminal_;
  std::ostream& out_;
  int reported_tenths_ = -1;
};

// Minutes and seconds, rounded to a second: "0:07", "12:30".
std::string FormatMinutes(double seconds);

}  // namespace hakmem::bench

#endif  // BENCH_HARNESS_PROGRESS_H_
