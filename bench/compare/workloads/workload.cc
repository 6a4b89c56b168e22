#include "bench/compare/workloads/workload.h"

#include <algorithm>

namespace hakmem::bench {
namespace {

constexpr SyntheticWorkload kWorkloads[] = {
    {"pareto", "Pareto sizes and lifetimes, 2 threads", 2, 1, false, RunPareto},
    {"server_phases", "server phases: threads die, blocks survive, 2 threads", 2, 1, true,
     RunServerPhases},
    {"batch_lifo", "batches freed in reverse, 2 threads", 2, 1, false, RunBatchLifo},
    {"batch_fifo", "batches freed in order, 2 threads", 2, 1, false, RunBatchFifo},
    {"batch_random", "batches freed at random, 2 threads", 2, 1, false, RunBatchRandom},
    {"cache_scratch", "cache-scratch: passive false sharing, 2 threads", 2, 1, false,
     RunCacheScratch},
    {"cache_thrash", "cache-thrash: active false sharing, 2 threads", 2, 1, false, RunCacheThrash},
    {"buffers", "blocks of 32 KiB to 1 MiB", 1, 1, false, RunBuffers},
    {"large_blocks", "blocks of 1 to 32 MiB", 1, 1, false, RunLargeBlocks},
    {"realloc_vectors", "vectors that grow by realloc", 1, 1, false, RunReallocVectors},
    {"realloc_huge", "buffers that grow to 256 MiB by realloc", 1, 1, false, RunReallocHuge},
    {"calloc_large", "calloc of large arrays", 1, 1, false, RunCallocLarge},
    {"strings", "strings", 1, 1, false, RunStrings},
    {"trees", "trees of small objects: build, walk, tear down", 1, 1, false, RunTrees},
    {"thread_churn", "threads that live briefly", 2, 1, false, RunThreadChurn},
    {"fragmentation", "fragmentation: grow, free most, grow with other sizes", 1, 1, true,
     RunFragmentation},
    {"idle", "memory of an idle program after its peak, 2 threads", 2, 2, true, RunIdle},
};

}  // namespace

std::span<const SyntheticWorkload> SyntheticWorkloads() { return kWorkloads; }

const SyntheticWorkload* FindSyntheticWorkload(std::string_view name) {
  const auto* const end = std::end(kWorkloads);
  const auto* const found =
      std::find_if(std::begin(kWorkloads), end, [name](const auto& w) { return w.name == name; });
  return found == end ? nullptr : found;
}

}  // namespace hakmem::bench
