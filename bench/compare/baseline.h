// Whether a run is worse than an earlier one, beyond what both runs' own noise explains.
//
// For each allocator of ours and each row, the medians are compared. A regression is a ratio of
// medians above 1 + 3 * (noise of the one + noise of the other), and above 1.03; RelativeNoise() of
// summary.h says what the noise is. Peers are not judged: they
// show how far the machine itself has drifted.
#ifndef BENCH_COMPARE_BASELINE_H_
#define BENCH_COMPARE_BASELINE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/compare/results.h"
#include "bench/compare/summary.h"

namespace hakmem::bench {

// One figure that both runs have.
struct Change {
  std::string row;
  std::string allocator;  // key
  Measure measure;
  double ratio;  // of the medians, now over then
  double limit;  // above it, the change is a regression

  bool IsRegression() const { return ratio > limit; }
};

// Whether `then` can be compared with a run of so many `rounds`: not when one is quick and the
// other is not, or has fewer than kLeastRounds.
absl::Status CheckComparable(const Results& then, bool quick, size_t rounds);

// All changes of allocators of ours, in the order of `now`. A cell that had figures and now failed
// is a change with an infinite ratio. An error when the runs can't be compared, or have nothing in
// common.
absl::StatusOr<std::vector<Change>> CompareWithBaseline(const Results& then, const Results& now);

// A line for each regression and one in summary.
std::string FormatChanges(const std::vector<Change>& changes);

}  // namespace hakmem::bench

#endif  // BENCH_COMPARE_BASELINE_H_
