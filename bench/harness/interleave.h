// The order in which a comparison runs its trials.
//
// A machine's speed drifts: clocks, neighbours, heat. Trials of the same workload under different
// allocators therefore stand next to each other, every round repeats all of them, and who comes
// first changes from round to round, so that no allocator always runs after the same pause.
#ifndef BENCH_HARNESS_INTERLEAVE_H_
#define BENCH_HARNESS_INTERLEAVE_H_

#include <cstddef>
#include <vector>

namespace hakmem::bench {

// One run of one workload under one allocator; all three count from 0.
struct Trial {
  size_t round;
  size_t workload;
  size_t allocator;

  friend bool operator==(const Trial&, const Trial&) = default;
};

// All rounds * workloads * allocators trials: round by round, in it workload by workload, in it
// every allocator once, beginning one further in each round and workload.
std::vector<Trial> InterleavedTrials(size_t rounds, size_t workloads, size_t allocators);

}  // namespace hakmem::bench

#endif  // BENCH_HARNESS_INTERLEAVE_H_
