#include "bench/harness/interleave.h"

namespace hakmem::bench {

std::vector<Trial> InterleavedTrials(size_t rounds, size_t workloads, size_t allocators) {
  std::vector<Trial> trials;
  trials.reserve(rounds * workloads * allocators);
  for (size_t round = 0; round < rounds; ++round) {
    for (size_t workload = 0; workload < workloads; ++workload) {
      for (size_t i = 0; i < allocators; ++i) {
        trials.push_back({round, workload, (i + round + workload) % allocators});
      }
    }
  }
  return trials;
}

}  // namespace hakmem::bench
