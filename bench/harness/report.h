// The tables of a comparison, for people.
#ifndef BENCH_HARNESS_REPORT_H_
#define BENCH_HARNESS_REPORT_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench/harness/comparison.h"
#include "bench/harness/peers.h"

namespace hakmem::bench {

// A column that one benchmark adds to the common ones: the median of `value` over the rounds.
struct ExtraColumn {
  std::string header;  // with its unit
  std::function<double(const Metrics&)> value;
  int decimals = 1;
};

// The table of one workload, under its title: for each allocator the median throughput with its
// range over the rounds, its ratio to the system's and to the best, the median peak RSS and its
// ratio to the least, the median use of the processors, then `extra`. An asterisk marks the best of
// a column. Below it a line says who is fastest, whose ranges overlap the fastest's, and who needs
// the least memory. A cell without figures shows its failure.
std::string FormatWorkload(const Workload& workload, const std::vector<Allocator>& allocators,
                           const std::vector<Cell>& cells, const std::vector<ExtraColumn>& extra);

// All workloads' tables without extra columns, and the legend.
std::string FormatWorkloads(const Comparison& comparison, const ResultGrid& grid);

// "1 block", "2 blocks".
std::string Plural(uint64_t count, const char* noun);

// What the columns mean, in a few lines, to stand once below all tables.
std::string FormatLegend();

// A line for each allocator with the file it is loaded from, and one for each missing peer with the
// package that brings it.
std::string FormatAllocators(const std::vector<Allocator>& allocators,
                             const std::vector<Peer>& missing);

}  // namespace hakmem::bench

#endif  // BENCH_HARNESS_REPORT_H_
