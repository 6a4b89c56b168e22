// Runs all trials of a comparison: the harness orders and repeats them and shows progress.
#ifndef BENCH_COMPARE_MEASURE_H_
#define BENCH_COMPARE_MEASURE_H_

#include <cstddef>
#include <ostream>
#include <vector>

#include "bench/compare/results.h"
#include "bench/compare/rows.h"
#include "bench/compare/trial.h"
#include "bench/harness/peers.h"

namespace hakmem::bench {

// Prepares and runs every row that is not missing, `rounds` times under each allocator. A row that
// can't be prepared failed under all of them. Writes progress to `progress_out`, rewritten in place
// when that is a `terminal`. Results::quick is left for the caller to say.
Results Measure(const std::vector<Row>& rows, const std::vector<Allocator>& allocators,
                size_t rounds, Trials* trials, bool terminal, std::ostream& progress_out);

// Whether any trial failed.
bool AnyFailed(const Results& results);

}  // namespace hakmem::bench

#endif  // BENCH_COMPARE_MEASURE_H_
