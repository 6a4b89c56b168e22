// Threads that live briefly: each allocates a little, frees most of it, and ends; its creator frees
// the rest. What an allocator does for every thread that starts and ends is most of the work.
//
// After Lever and Boreham, "malloc() Performance in a Multithreaded Linux Environment" (USENIX
// 2000), with blocks that outlive their thread.
#include "bench/compare/workloads/threads.h"
#include "bench/compare/workloads/workload.h"

namespace hakmem::bench {
namespace {

constexpr size_t kThreads = 2;  // at a time
constexpr uint64_t kGenerations = 6'000;
constexpr size_t kBlocks = 100;  // of a thread
constexpr size_t kLeftOver = 10;
constexpr size_t kMinSize = 16;
constexpr size_t kMaxSize = 4096;

}  // namespace

WorkloadResult RunThreadChurn(const WorkloadOptions& options) {
  WorkloadResult result;
  const uint64_t generations = options.Scaled(kGenerations);
  Mutator creator(options, generations * kThreads);
  const double begin = SecondsNow();
  for (uint64_t generation = 0; generation < generations; ++generation) {
    Block blocks[kThreads][kBlocks];
    Tally tallies[kThreads];
    RunInNewThreads(kThreads, [&](size_t index) {
      Mutator mutator(options, generation * kThreads + index);
      Block* own = blocks[index];
      for (size_t i = 0; i < kBlocks; ++i) {
        own[i] = mutator.Allocate(mutator.Pareto(kMinSize, kMaxSize));
      }
      for (size_t i = kLeftOver; i < kBlocks; ++i) mutator.Free(&own[i]);
      tallies[index] = mutator.tally();
    });
    for (auto& of_thread : blocks) {
      for (Block& block : of_thread) creator.Free(&block);
    }
    for (const Tally& tally : tallies) result.done.Add(tally);
  }
  result.seconds = SecondsNow() - begin;
  result.done.Add(creator.tally());
  return result;
}

}  // namespace hakmem::bench
