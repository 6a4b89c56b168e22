// Large blocks that are replaced at random, with Pareto sizes: of 1 to 32 MiB in a live set of a
// few, buffers of images and matrices, as in the large rows of Larson's benchmark in
// mimalloc-bench; and of 32 KiB to 1 MiB in one of two thousand, the buffers of a server.
//
// Each block's pages are written, so what an allocator keeps of freed blocks shows in page faults,
// and in resident memory, and so does where it puts the next one.
#include "bench/compare/workloads/threads.h"
#include "bench/compare/workloads/workload.h"

namespace hakmem::bench {
namespace {

struct Plan {
  uint64_t replacements;
  size_t slots;
  size_t min_size;
  size_t max_size;
};
constexpr Plan kLargeBlocks = {1000, 8, 1 << 20, 32 << 20};
constexpr Plan kBuffers = {100'000, 2000, 32 << 10, 1 << 20};

WorkloadResult Run(const WorkloadOptions& options, const Plan& plan) {
  WorkloadResult result;
  Mutator mutator(options, 0);
  MappedArray<Block> slots(plan.slots);
  const double begin = SecondsNow();
  const uint64_t replacements = options.Scaled(plan.replacements);
  for (uint64_t i = 0; i < replacements; ++i) {
    Block& slot = slots[mutator.Between(0, plan.slots - 1)];
    mutator.Free(&slot);
    slot = mutator.Allocate(mutator.Pareto(plan.min_size, plan.max_size));
  }
  for (Block& slot : slots) mutator.Free(&slot);
  result.seconds = SecondsNow() - begin;
  result.done = mutator.tally();
  return result;
}

}  // namespace

WorkloadResult RunLargeBlocks(const WorkloadOptions& options) { return Run(options, kLargeBlocks); }

WorkloadResult RunBuffers(const WorkloadOptions& options) { return Run(options, kBuffers); }

}  // namespace hakmem::bench
