// Blocks of 1 to 32 MiB in a live set of a few: buffers of images and matrices, as in the large
// rows of Larson's benchmark in mimalloc-bench.
//
// Each block's pages are written, so what an allocator keeps of freed blocks shows in page faults,
// and in resident memory.
#include "bench/compare/workloads/threads.h"
#include "bench/compare/workloads/workload.h"

namespace hakmem::bench {
namespace {

constexpr uint64_t kReplacements = 1000;
constexpr size_t kSlots = 8;
constexpr size_t kMinSize = 1 << 20;
constexpr size_t kMaxSize = 32 << 20;

}  // namespace

WorkloadResult RunLargeBlocks(const WorkloadOptions& options) {
  WorkloadResult result;
  Mutator mutator(options, 0);
  Block slots[kSlots];
  const double begin = SecondsNow();
  const uint64_t replacements = options.Scaled(kReplacements);
  for (uint64_t i = 0; i < replacements; ++i) {
    Block& slot = slots[mutator.Between(0, kSlots - 1)];
    mutator.Free(&slot);
    slot = mutator.Allocate(mutator.Pareto(kMinSize, kMaxSize));
  }
  for (Block& slot : slots) mutator.Free(&slot);
  result.seconds = SecondsNow() - begin;
  result.done = mutator.tally();
  return result;
}

}  // namespace hakmem::bench
