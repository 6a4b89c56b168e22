#include "bench/phase7_medians.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "bench/harness/stats.h"

namespace hakmem::bench {
namespace {

double MedianSpeed(const Cell& cell) {
  std::vector<double> speeds;
  for (const Metrics& metrics : cell.rounds) speeds.push_back(metrics.MillionOpsPerSecond());
  return Summarize(std::move(speeds)).median;
}

double Overhead(const Cell& cell) {
  const Metrics medians = Medians(cell);
  const double heap = medians.Get("heap.peak_used_bytes");
  return heap > 0 ? medians.Get("heap.metadata_bytes") / heap
                  : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

Metrics Medians(const Cell& cell) {
  Metrics medians;
  if (cell.rounds.empty()) return medians;
  for (const auto& [key, unused] : cell.rounds.front().values) {
    std::vector<double> values;
    for (const Metrics& metrics : cell.rounds) values.push_back(metrics.Get(key));
    medians.values[key] = Summarize(std::move(values)).median;
  }
  return medians;
}

Phase7Run SummarizeRun(const Cell& one_thread, const Cell& all_cores) {
  return {.one_thread_speed = MedianSpeed(one_thread),
          .all_cores_speed = MedianSpeed(all_cores),
          .one_thread_rss = Medians(one_thread).PeakRssMib(),
          .all_cores_rss = Medians(all_cores).PeakRssMib(),
          .overhead = std::max(Overhead(one_thread), Overhead(all_cores))};
}

}  // namespace hakmem::bench
