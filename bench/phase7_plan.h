// What //bench:phase7 runs: the workloads of the Phase 7 review, and the micro-benchmarks whose
// cycles its model needs.
#ifndef BENCH_PHASE7_PLAN_H_
#define BENCH_PHASE7_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/harness/comparison.h"
#include "bench/phase7_model.h"

namespace hakmem::bench {

struct Phase7Options {
  double seconds = 0.5;            // of a larson trial
  uint64_t operations = 10000000;  // of each thread of a random_mixed trial
  double micro_seconds = 0.02;     // of each micro-benchmark
  uint64_t cores = 1;
  size_t rounds = 5;  // of every trial but those of exact counters
};

// A workload at one thread, and at one for each core (with one core the same again).
struct Phase7Workload {
  std::string title;
  std::string worker;  // the runfile bench/WORKER
  SizeMix mix;
  Workload one_thread;
  Workload all_cores;
};

std::vector<Phase7Workload> PlanPhase7(const Phase7Options& options);

// Of micro_fastpath_worker: the operations that the model asks for, and the stream of mallocs and
// frees whose refills and flushes are counted.
Workload PlanMicro(const Phase7Options& options);
Workload PlanStream();
// Of micro_mincore_worker: all its ways.
Workload PlanMincore(const Phase7Options& options);

}  // namespace hakmem::bench

#endif  // BENCH_PHASE7_PLAN_H_
