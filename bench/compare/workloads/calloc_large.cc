// calloc of arrays of 64 KiB to 8 MiB, of which one page in four is used, as hash tables and sparse
// matrices are. An allocator that knows fresh pages to be zero need not touch the rest.
#include "bench/compare/workloads/threads.h"
#include "bench/compare/workloads/workload.h"

namespace hakmem::bench {
namespace {

constexpr uint64_t kReplacements = 20'000;
constexpr size_t kSlots = 16;
constexpr size_t kMinSize = 64 << 10;
constexpr size_t kMaxSize = 8 << 20;
constexpr size_t kStep = 16 << 10;  // bytes from one used page to the next

}  // namespace

WorkloadResult RunCallocLarge(const WorkloadOptions& options) {
  WorkloadResult result;
  Mutator mutator(options, 0);
  Block slots[kSlots];
  const double begin = SecondsNow();
  const uint64_t replacements = options.Scaled(kReplacements);
  for (uint64_t i = 0; i < replacements; ++i) {
    Block& slot = slots[mutator.Between(0, kSlots - 1)];
    mutator.Free(&slot);
    slot = mutator.AllocateZeroed(mutator.Pareto(kMinSize, kMaxSize), kStep);
  }
  for (Block& slot : slots) mutator.Free(&slot);
  result.seconds = SecondsNow() - begin;
  result.done = mutator.tally();
  return result;
}

}  // namespace hakmem::bench
