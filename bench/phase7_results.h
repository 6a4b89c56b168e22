// What //bench:phase7 measured, as its tables take it.
#ifndef BENCH_PHASE7_RESULTS_H_
#define BENCH_PHASE7_RESULTS_H_

#include <string>
#include <vector>

#include "bench/harness/metrics.h"
#include "bench/phase7_model.h"

namespace hakmem::bench {

// What one allocator did in one workload, medians over the rounds; NaN when it was not measured.
struct Phase7Run {
  double one_thread_speed;  // M ops/s
  double all_cores_speed;   // of all threads together
  double one_thread_rss;    // peak, MiB
  double all_cores_rss;
  double overhead;  // metadata over the peak of the heap, the larger of both; NaN for others
};

struct Phase7Allocator {
  std::string title;
  std::vector<Phase7Run> runs = {};  // one for each workload
  Metrics micro = {};                // cycles of the steps
  // Of variants of hakmem: exact counters of each workload at one thread, and of the stream; empty
  // for others.
  std::vector<Metrics> counted = {};
  Metrics stream = {};
};

struct Phase7Results {
  std::vector<std::string> workloads;
  std::vector<SizeMix> mixes;             // of the workloads
  std::vector<Phase7Allocator> variants;  // of hakmem
  Phase7Allocator system;
  Phase7Allocator mimalloc;  // without runs where it is not installed
  Metrics mincore;           // of micro_mincore, on the blocks of the phase7 variant
  double cores = 1;
};

// A figure in a table; "-" for NaN.
std::string FormatFigure(double value, int decimals);

}  // namespace hakmem::bench

#endif  // BENCH_PHASE7_RESULTS_H_
