// What one worker process measured, as the runner holds it.
#ifndef BENCH_HARNESS_METRICS_H_
#define BENCH_HARNESS_METRICS_H_

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace hakmem::bench {

struct Metrics {
  // Every key=number pair of the report (worker_report.h). "operations", "seconds" and "threads"
  // are always there, the last two above 0.
  std::map<std::string, double> values;
  // The file that the worker's malloc came from.
  std::string malloc_library;

  // The value of `key`, 0 when the worker did not report it.
  double Get(std::string_view key) const;

  // Operations done over time taken, in millions a second.
  double MillionOpsPerSecond() const { return Get("operations") / Get("seconds") / 1e6; }

  double PeakRssMib() const { return Get("peak_rss_kib") / 1024; }

  // Processor time used, user and system, in percent of what "threads" threads could have used.
  // Starting, preparing and tearing down counts, so it can be a little above 100.
  double CpuPercent() const {
    return 100 * (Get("user_seconds") + Get("system_seconds")) / (Get("seconds") * Get("threads"));
  }
};

// Reads a worker's report. An error says what is missing or malformed.
absl::StatusOr<Metrics> ParseReport(std::string_view report);

}  // namespace hakmem::bench

#endif  // BENCH_HARNESS_METRICS_H_
