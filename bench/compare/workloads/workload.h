// The synthetic workloads by name. Each is one file, and one function of the type Run.
//
// A workload does a fixed number of operations, from a seed, and is measured by the time it takes.
// docs/benchmarks.md says where each comes from.
#ifndef BENCH_COMPARE_WORKLOADS_WORKLOAD_H_
#define BENCH_COMPARE_WORKLOADS_WORKLOAD_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "bench/compare/workloads/mutator.h"

namespace hakmem::bench {

struct WorkloadResult {
  Tally done;
  double seconds = 0;          // on the monotonic clock
  double walk_seconds = 0;     // the part of it spent reading live blocks; 0: there is no such part
  size_t settled_rss_kib = 0;  // after the wait of an idle workload; 0: it does not wait
};

struct SyntheticWorkload {
  using Run = WorkloadResult (*)(const WorkloadOptions& options);

  std::string_view name;
  std::string_view title;
  size_t threads;      // at work at a time
  double seconds;      // about, at scale 1, with a wait of 1 s
  bool rss_over_time;  // how its memory changes is what it is about
  Run run;
};

// All of them, in the order of tables.
std::span<const SyntheticWorkload> SyntheticWorkloads();

// The workload called `name`, or nullptr.
const SyntheticWorkload* FindSyntheticWorkload(std::string_view name);

WorkloadResult RunBatchFifo(const WorkloadOptions& options);
WorkloadResult RunBatchLifo(const WorkloadOptions& options);
WorkloadResult RunBatchRandom(const WorkloadOptions& options);
WorkloadResult RunBuffers(const WorkloadOptions& options);
WorkloadResult RunCacheScratch(const WorkloadOptions& options);
WorkloadResult RunCacheThrash(const WorkloadOptions& options);
WorkloadResult RunCallocLarge(const WorkloadOptions& options);
WorkloadResult RunFragmentation(const WorkloadOptions& options);
WorkloadResult RunIdle(const WorkloadOptions& options);
WorkloadResult RunLargeBlocks(const WorkloadOptions& options);
WorkloadResult RunPareto(const WorkloadOptions& options);
WorkloadResult RunReallocHuge(const WorkloadOptions& options);
WorkloadResult RunReallocVectors(const WorkloadOptions& options);
WorkloadResult RunServerPhases(const WorkloadOptions& options);
WorkloadResult RunStrings(const WorkloadOptions& options);
WorkloadResult RunThreadChurn(const WorkloadOptions& options);
WorkloadResult RunTrees(const WorkloadOptions& options);

}  // namespace hakmem::bench

#endif  // BENCH_COMPARE_WORKLOADS_WORKLOAD_H_
