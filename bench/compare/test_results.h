// Results to test reports with.
#ifndef BENCH_COMPARE_TEST_RESULTS_H_
#define BENCH_COMPARE_TEST_RESULTS_H_

#include <string>
#include <vector>

#include "bench/compare/results.h"

namespace hakmem::bench {

// A row with a cell for each list of seconds, a round for each second; each round has a peak of ten
// MiB per second.
inline RowResult TestRow(const std::string& name, const std::vector<std::vector<double>>& seconds) {
  RowResult row = {.name = name,
                   .title = "about " + name,
                   .group = "synthetic",
                   .memory = "peak RSS",
                   .cells = {}};
  for (const std::vector<double>& rounds : seconds) {
    row.cells.emplace_back();
    for (const double time : rounds) {
      row.cells.back().rounds.push_back({{"seconds", time}, {"peak_rss_kib", time * 10 * 1024}});
    }
  }
  return row;
}

// Results of hakmem, hakmem_header and system, without rows.
inline Results TestResults() {
  return {.machine = "test machine",
          .date = "2000-01-01",
          .quick = false,
          .rounds = 3,
          .allocators = {{.key = "hakmem", .title = "hakmem (map)", .library = "/h.so"},
                         {.key = "hakmem_header", .title = "hakmem (header)", .library = "/g.so"},
                         {.key = "system", .title = "system", .library = ""}},
          .rows = {}};
}

}  // namespace hakmem::bench

#endif  // BENCH_COMPARE_TEST_RESULTS_H_
