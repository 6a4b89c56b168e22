// Server phases: in every phase new threads serve requests, keep some results, and end; the results
// are freed some phases later by threads that never met those that allocated them.
//
// After Larson and Krishnan (ISMM 1998), where blocks outlive their threads, with phases added:
// what dead threads leave has to be found again, or memory grows from phase to phase.
#include "bench/compare/workloads/threads.h"
#include "bench/compare/workloads/workload.h"

namespace hakmem::bench {
namespace {

constexpr size_t kThreads = 2;
constexpr uint64_t kPhases = 40;
constexpr uint64_t kRequests = 4000;  // of a thread and phase
constexpr size_t kBlocksOfRequest = 40;
constexpr size_t kKeepEach = 8;  // one block of so many outlives its request
constexpr size_t kLifetime = 4;  // phases that a kept block lives
constexpr size_t kMinSize = 16;
constexpr size_t kMaxSize = 8192;

using KeptBlocks = MappedArray<Block>;

void ServeRequests(Mutator* mutator, uint64_t requests, Block* kept) {
  Block blocks[kBlocksOfRequest];
  for (uint64_t request = 0; request < requests; ++request) {
    for (Block& block : blocks) block = mutator->Allocate(mutator->Pareto(kMinSize, kMaxSize));
    for (size_t i = 0; i < kBlocksOfRequest; ++i) {
      if (i % kKeepEach == 0) {
        *kept++ = blocks[i];
      } else {
        mutator->Free(&blocks[i]);
      }
    }
  }
}

}  // namespace

WorkloadResult RunServerPhases(const WorkloadOptions& options) {
  WorkloadResult result;
  const uint64_t requests = options.Scaled(kRequests);
  const size_t kept_of_thread = requests * (kBlocksOfRequest / kKeepEach);
  // A row for each phase of the last kLifetime ones, in it a part for each thread.
  KeptBlocks kept(kLifetime * kThreads * kept_of_thread);
  for (uint64_t phase = 0; phase < kPhases; ++phase) {
    Block* row = &kept[phase % kLifetime * kThreads * kept_of_thread];
    Tally tallies[kThreads];
    result.seconds += RunInNewThreads(kThreads, [&](size_t index) {
      Mutator mutator(options, phase * kThreads + index);
      Block* own = row + index * kept_of_thread;
      for (size_t i = 0; i < kept_of_thread; ++i) mutator.Free(&own[i]);
      ServeRequests(&mutator, requests, own);
      tallies[index] = mutator.tally();
    });
    for (const Tally& tally : tallies) result.done.Add(tally);
  }
  Mutator last(options, kPhases * kThreads);
  for (Block& block : kept) last.Free(&block);
  result.done.Add(last.tally());
  return result;
}

}  // namespace hakmem::bench
