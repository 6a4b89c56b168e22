// The main function of a comparison: what every benchmark's runner does after it has made its plan.
//
//   RunBenchmark -> finds the worker and the allocators, as the flags ask
//                -> RunComparison   every trial in a process of its own
//                -> the benchmark's tables, hit rates, JSON, the exit status
//
// The flags --rounds, --allocators, --add, --here, --json, --hits, --hakmem and --hakmem_header are
// defined here, and so mean the same in every benchmark.
#ifndef BENCH_HARNESS_RUNNER_H_
#define BENCH_HARNESS_RUNNER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "bench/harness/comparison.h"

namespace hakmem::bench {

// A benchmark, ready to run.
struct Benchmark {
  std::string name;         // "larson"
  std::string worker = {};  // the worker's runfile; none: bench/NAME_worker
  std::vector<Workload> workloads;
  size_t default_rounds = 5;
  bool with_phase7 = false;                          // measure the phase7 variant of hakmem too
  std::vector<std::string> default_allocators = {};  // without --allocators; none: all there are
  bool with_hits = true;                     // show hit rates; else only when --hits asks for them
  std::vector<Workload> hit_workloads = {};  // what to show hit rates of; none: of the workloads
  // The head of the output, for this many rounds of each trial.
  std::function<std::string(size_t rounds)> describe;
  // The tables; `grid` is of `comparison`.
  std::function<std::string(const Comparison& comparison, const ResultGrid& grid)> format;
};

// Runs it. `program` is the runner's own path, argv[0]. Returns the exit status: 0, 1 when an
// allocator failed, 2 when a flag is wrong.
int RunBenchmark(const std::string& program, const Benchmark& benchmark);

// Says on stderr what is wrong with the arguments, and returns the exit status for that.
int RefuseArguments(const std::string& name, const absl::Status& status);

// The processors that this process may use.
uint64_t CountCores();

}  // namespace hakmem::bench

#endif  // BENCH_HARNESS_RUNNER_H_
