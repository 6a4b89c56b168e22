// Runs workloads under allocators, each trial in a process of its own, interleaved over rounds.
//
//   RunComparison -> InterleavedTrials   who runs when
//                 -> RunTrial            one process: RunChild, ParseReport, is it the right
//                 malloc?
//                 -> Progress            the line on the terminal
//
// One trial runs at a time, so that they do not disturb each other.
#ifndef BENCH_HARNESS_COMPARISON_H_
#define BENCH_HARNESS_COMPARISON_H_

#include <cstddef>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/harness/metrics.h"
#include "bench/harness/peers.h"

namespace hakmem::bench {

struct Workload {
  std::string title;                   // "8-128 bytes, 1 thread"
  std::vector<std::string> arguments;  // for the worker
  double expected_seconds = 1;         // of one trial
};

struct Comparison {
  std::string worker;  // path of the worker program
  std::vector<Workload> workloads;
  std::vector<Allocator> allocators;
  size_t rounds = 1;
};

// All trials of one workload under one allocator.
struct Cell {
  std::vector<Metrics> rounds;  // those that succeeded
  std::string failure;          // of the first that did not; the rest is then not run. Else empty.
};

// One cell for each workload and allocator: grid[workload][allocator].
using ResultGrid = std::vector<std::vector<Cell>>;

// Runs one trial.
using TrialFunction =
    std::function<absl::StatusOr<Metrics>(const Workload& workload, const Allocator& allocator)>;

// Runs `worker` once. An error says why there is no figure; a preload that did not take effect is
// one, because the figure would be another allocator's. A child that takes far longer than expected
// is killed.
absl::StatusOr<Metrics> RunTrial(const std::string& worker, const Workload& workload,
                                 const Allocator& allocator);

// Runs all trials of `comparison` through `run_trial`, with progress on `progress_out`, rewritten
// in place when that is a `terminal`.
ResultGrid RunComparison(const Comparison& comparison, const TrialFunction& run_trial,
                         bool terminal, std::ostream& progress_out);

// Whether any cell of `grid` has a failure.
bool AnyFailed(const ResultGrid& grid);

}  // namespace hakmem::bench

#endif  // BENCH_HARNESS_COMPARISON_H_
