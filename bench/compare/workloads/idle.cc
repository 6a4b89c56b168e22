// Idle memory: threads allocate a peak, free it all, and then sleep. What is still resident after
// the wait is what an idle server costs.
//
// The threads stay alive, so their caches do; nobody calls the allocator during the wait.
#include <pthread.h>

#include <algorithm>

#include "bench/compare/workloads/threads.h"
#include "bench/compare/workloads/workload.h"

namespace hakmem::bench {
namespace {

constexpr size_t kThreads = 2;
constexpr uint64_t kPeakBytes = 64 << 20;  // of a thread
constexpr size_t kMinSize = 32;
constexpr size_t kMaxSize = 256 << 10;
constexpr int kPeaks = 10;  // so that the time can be measured

void AllocateAndFree(Mutator* mutator, uint64_t peak) {
  MappedArray<Block> blocks(peak / kMinSize + 1);
  size_t live = 0;
  for (uint64_t bytes = 0; bytes < peak; bytes += blocks[live++].size) {
    blocks[live] = mutator->Allocate(mutator->Pareto(kMinSize, kMaxSize));
  }
  for (size_t i = 0; i < live; ++i) mutator->Free(&blocks[i]);
}

}  // namespace

WorkloadResult RunIdle(const WorkloadOptions& options) {
  WorkloadResult result;
  Tally tallies[kThreads];
  double busy_seconds[kThreads];
  pthread_barrier_t all;  // all have freed; then: the memory has been read
  pthread_barrier_init(&all, nullptr, kThreads);
  RunInNewThreads(kThreads, [&](size_t index) {
    Mutator mutator(options, index);
    const double begin = SecondsNow();
    for (int i = 0; i < kPeaks; ++i) AllocateAndFree(&mutator, options.Scaled(kPeakBytes));
    busy_seconds[index] = SecondsNow() - begin;
    pthread_barrier_wait(&all);
    SleepSeconds(options.wait_seconds);
    if (index == 0) result.settled_rss_kib = ReadRssKib();
    pthread_barrier_wait(&all);
    tallies[index] = mutator.tally();
  });
  pthread_barrier_destroy(&all);
  for (const Tally& tally : tallies) result.done.Add(tally);
  result.seconds = *std::max_element(std::begin(busy_seconds), std::end(busy_seconds));
  return result;
}

}  // namespace hakmem::bench
