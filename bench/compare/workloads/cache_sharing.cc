// cache-scratch and cache-thrash of Berger, McKinley, Blumofe and Wilson, "Hoard: A Scalable Memory
// Allocator for Multithreaded Applications" (ASPLOS 2000).
//
// Each thread allocates a small block, writes to it many times, and frees it. An allocator that
// gives two threads parts of one cache line makes all writes slow (active false sharing: thrash).
// In cache-scratch the main thread first allocates neighbouring blocks, one for each thread, which
// frees it: an allocator that reuses it there lets the line stay shared (passive false sharing).
#include "bench/compare/workloads/threads.h"
#include "bench/compare/workloads/workload.h"

namespace hakmem::bench {
namespace {

constexpr size_t kThreads = 2;
constexpr uint64_t kRepetitions = 200'000;
constexpr size_t kSize = 8;
constexpr int kWrites = 1000;  // to a block

void WriteOften(char* data) {
  volatile char* byte = data;
  for (int i = 0; i < kWrites; ++i) *byte = static_cast<char>(*byte + 1);
}

WorkloadResult RunSharing(const WorkloadOptions& options, bool first_from_main) {
  WorkloadResult result;
  Tally tallies[kThreads];
  Block first[kThreads];
  Mutator main(options, kThreads);
  if (first_from_main) {
    for (Block& block : first) block = main.Allocate(kSize);
  }
  result.seconds = RunInNewThreads(kThreads, [&](size_t index) {
    Mutator mutator(options, index);
    mutator.Free(&first[index]);
    const uint64_t repetitions = options.Scaled(kRepetitions);
    for (uint64_t i = 0; i < repetitions; ++i) {
      Block block = mutator.Allocate(kSize);
      if (!options.self_check) WriteOften(block.data);
      mutator.Free(&block);
    }
    tallies[index] = mutator.tally();
  });
  for (const Tally& tally : tallies) result.done.Add(tally);
  result.done.Add(main.tally());
  return result;
}

}  // namespace

WorkloadResult RunCacheScratch(const WorkloadOptions& options) { return RunSharing(options, true); }

WorkloadResult RunCacheThrash(const WorkloadOptions& options) { return RunSharing(options, false); }

}  // namespace hakmem::bench
