// The mathematics of a comparison's summary: medians, ratios to the best, geometric means. Pure
// functions.
#ifndef BENCH_COMPARE_SUMMARY_H_
#define BENCH_COMPARE_SUMMARY_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/compare/results.h"
#include "bench/harness/stats.h"

namespace hakmem::bench {

// Beyond these, a row's summary is marked.
inline constexpr double kTimeLimit = 1.03;
inline constexpr double kMemoryLimit = 1.10;

// What is compared; less is better for both.
enum class Measure {
  kTime,    // "seconds"
  kMemory,  // MiB: "settled_rss_kib" of workloads that wait, else "peak_rss_kib"
};

// The figure of one round.
double FigureOf(const std::map<std::string, double>& round, Measure measure);

// All rounds' figures; empty when the cell failed.
std::vector<double> FiguresOf(const CellResult& cell, Measure measure);

// Over the rounds; nothing when the cell has no figures.
std::optional<Summary> Summarize(const CellResult& cell, Measure measure);

// With fewer rounds than this the noise is not known.
inline constexpr size_t kLeastRounds = 3;

// The median absolute deviation of `figures` from their median, over that median, times 1.48, which
// makes it the relative standard deviation for a normal distribution; outliers hardly move it. 0
// when the median is 0.
double RelativeNoise(const std::vector<double>& figures);

// The median of `key`; nothing when no round has it.
std::optional<double> MedianOf(const CellResult& cell, std::string_view key);

// Each cell's median over the row's least, so at least 1.
std::vector<std::optional<double>> RatiosToBest(const RowResult& row, Measure measure);

// Each allocator's geometric mean of its ratios to the best, over the rows in which it has figures.
std::vector<std::optional<double>> GeometricMeans(const Results& results, Measure measure);

// Whether the allocator is one of this project's: its key begins with "hakmem". All others, the
// system's included, are peers.
bool IsOurs(const Allocator& allocator);

// How one allocator stands in a row against the best of the peers.
struct Standing {
  double ratio;                 // of the medians: below 1, the allocator is better than every peer
  double ratio_of_least;        // of the least of all rounds: what noise adds, it mostly leaves out
  std::optional<double> noise;  // of both together; nothing with fewer than kLeastRounds rounds
  const Allocator* best;        // the best peer
};
// Nothing when one of them has no figures.
std::optional<Standing> StandingOf(const Results& results, const RowResult& row, size_t allocator,
                                   Measure measure);

}  // namespace hakmem::bench

#endif  // BENCH_COMPARE_SUMMARY_H_
