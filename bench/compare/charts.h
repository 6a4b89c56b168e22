// The charts of the report, each an SVG element. One colour for each allocator in all of them.
#ifndef BENCH_COMPARE_CHARTS_H_
#define BENCH_COMPARE_CHARTS_H_

#include <cstddef>
#include <string>

#include "bench/compare/results.h"
#include "bench/compare/summary.h"

namespace hakmem::bench {

// The colour of the allocator with this number.
std::string ColorOf(size_t allocator);

// A bar for each allocator: its geometric mean.
std::string MeanChart(const Results& results, Measure measure);

// A line for each row, a dot in it for each allocator: its ratio to the row's best, on a
// logarithmic axis. Ratios beyond the axis stand at its end, with their values beside it.
std::string RatioChart(const Results& results, Measure measure);

// The ratio charts of time and of memory with a legend: a picture that stands alone.
std::string RatioPicture(const Results& results);

// Resident memory over time, a curve for each allocator; empty when the row has no samples.
std::string RssChart(const Results& results, const RowResult& row);

}  // namespace hakmem::bench

#endif  // BENCH_COMPARE_CHARTS_H_
