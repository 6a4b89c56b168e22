// The results as tables for a terminal.
#ifndef BENCH_COMPARE_TABLES_H_
#define BENCH_COMPARE_TABLES_H_

#include <optional>
#include <string>

#include "bench/compare/results.h"

namespace hakmem::bench {

// The table of one row: a line for each allocator with time, its range over the rounds and ratio to
// the best, processor time, memory and its ratio to the least, page faults, and the hardware
// counters when there are any.
std::string FormatRow(const Results& results, const RowResult& row);

// Geometric means for each allocator, then how hakmem (the first allocator of ours) stands in every
// row against the best peer; rows beyond kTimeLimit or kMemoryLimit are marked.
std::string FormatSummary(const Results& results);

// A ratio with two decimals; "-" for none.
std::string FormatRatio(std::optional<double> ratio);

}  // namespace hakmem::bench

#endif  // BENCH_COMPARE_TABLES_H_
