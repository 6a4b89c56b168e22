// Summaries of a few repeated measurements. Pure functions.
#ifndef BENCH_HARNESS_STATS_H_
#define BENCH_HARNESS_STATS_H_

#include <vector>

namespace hakmem::bench {

// Invariant: min <= median <= max.
struct Summary {
  double min = 0;
  double median = 0;
  double max = 0;

  // (max - min) / median: 0.02 says that all values lie within about 1% of the median. 0 when the
  // median is 0.
  double RelativeSpread() const { return median == 0 ? 0 : (max - min) / median; }
};

// The summary of `values`, in any order. The median of an even number of values is the mean of the
// two in the middle. All zero for no values.
Summary Summarize(std::vector<double> values);

}  // namespace hakmem::bench

#endif  // BENCH_HARNESS_STATS_H_
