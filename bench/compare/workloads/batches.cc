// Batches: allocate many blocks, free them all, again and again.
//
// The order of freeing is that of stacks (reverse), of queues (in order) or none (at random): how
// free lists are ordered afterwards decides about the locality of the next batch. After the
// alternation of MicroQuill's sh6bench.
#include "bench/compare/workloads/threads.h"
#include "bench/compare/workloads/workload.h"

namespace hakmem::bench {
namespace {

constexpr size_t kThreads = 2;
constexpr uint64_t kBatches = 400;
constexpr size_t kBlocks = 20'000;  // of a batch
constexpr size_t kMinSize = 16;
constexpr size_t kMaxSize = 400;

enum class Order { kReverse, kAsAllocated, kRandom };

void RunBatches(Mutator* mutator, Order order, uint64_t batches) {
  MappedArray<Block> blocks(kBlocks);
  MappedArray<uint32_t> turn(kBlocks);  // which block is freed when
  for (uint32_t i = 0; i < kBlocks; ++i) {
    turn[i] = order == Order::kReverse ? static_cast<uint32_t>(kBlocks) - 1 - i : i;
  }
  if (order == Order::kRandom) Shuffle(mutator, &turn);
  for (uint64_t batch = 0; batch < batches; ++batch) {
    for (Block& block : blocks) block = mutator->Allocate(mutator->Between(kMinSize, kMaxSize));
    for (const uint32_t i : turn) mutator->Free(&blocks[i]);
  }
}

WorkloadResult RunInOrder(const WorkloadOptions& options, Order order) {
  WorkloadResult result;
  Tally tallies[kThreads];
  result.seconds = RunInNewThreads(kThreads, [&](size_t index) {
    Mutator mutator(options, index);
    RunBatches(&mutator, order, options.Scaled(kBatches));
    tallies[index] = mutator.tally();
  });
  for (const Tally& tally : tallies) result.done.Add(tally);
  return result;
}

}  // namespace

WorkloadResult RunBatchFifo(const WorkloadOptions& options) {
  return RunInOrder(options, Order::kAsAllocated);
}

WorkloadResult RunBatchLifo(const WorkloadOptions& options) {
  return RunInOrder(options, Order::kReverse);
}

WorkloadResult RunBatchRandom(const WorkloadOptions& options) {
  return RunInOrder(options, Order::kRandom);
}

}  // namespace hakmem::bench
