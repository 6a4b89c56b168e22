// Tables of micro-benchmarks: a row for each operation, a column for each allocator.
#ifndef BENCH_HARNESS_MICRO_REPORT_H_
#define BENCH_HARNESS_MICRO_REPORT_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/harness/comparison.h"
#include "bench/harness/metrics.h"
#include "bench/harness/peers.h"

namespace hakmem::bench {

// A row: what one process measured, NaN when it did not.
struct MicroRow {
  std::string title;
  std::function<double(const Metrics&)> value;
};

// The counter that a worker reported for a benchmark (micro_worker.h); NaN when it did not.
double MicroCounter(const Metrics& metrics, std::string_view counter, std::string_view benchmark);

// A row of that counter.
MicroRow CounterRow(std::string title, std::string counter, std::string benchmark);

struct MicroTable {
  std::string title;
  std::vector<MicroRow> rows;
  int decimals = 1;
  bool mark_least = true;  // an asterisk at the least of each row
};

// `table` with the medians over the rounds. Rows that nobody measured are left out; "" when that
// leaves none.
std::string FormatMicroTable(const MicroTable& table, const std::vector<Allocator>& allocators,
                             const std::vector<Cell>& cells);

// A line for each allocator that failed.
std::string FormatFailures(const std::vector<Allocator>& allocators,
                           const std::vector<Cell>& cells);

// Where the cycles come from, as a sentence.
std::string DescribeCycles(const std::vector<Cell>& cells);

}  // namespace hakmem::bench

#endif  // BENCH_HARNESS_MICRO_REPORT_H_
