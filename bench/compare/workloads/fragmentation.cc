// Fragmentation: the heap grows to a fixed number of live bytes, most blocks are freed at random,
// and it grows again to as many bytes with blocks of other sizes.
//
// The holes that Robson's worst case is made of ("Worst Case Fragmentation of First Fit and Best
// Fit Storage Allocation Strategies", 1977), as Powers et al. provoke them in "Mesh" (PLDI 2019).
// No more than kLiveBytes are ever live: resident memory above that is overhead.
#include "bench/compare/workloads/threads.h"
#include "bench/compare/workloads/workload.h"

namespace hakmem::bench {
namespace {

constexpr uint64_t kLiveBytes = 96 << 20;
constexpr uint64_t kFreedShare = 85;  // percent

struct Sizes {
  size_t min;
  size_t max;
};
constexpr Sizes kPhases[] = {{16, 160}, {200, 700}, {1000, 6000}, {24, 96}, {8000, 60000}};
constexpr size_t kPhaseCount = std::size(kPhases);

class Heap {
 public:
  Heap(const WorkloadOptions& options, uint64_t limit)
      : mutator_(options, 0), limit_(limit), blocks_(limit / 16 + 64 * kPhaseCount) {}

  void Grow(const Sizes& sizes) {
    while (live_bytes_ + sizes.max <= limit_) {
      blocks_[live_] = mutator_.Allocate(mutator_.Between(sizes.min, sizes.max));
      live_bytes_ += blocks_[live_++].size;
    }
  }

  // Frees each block with a probability of `percent`.
  void FreeAtRandom(uint64_t percent) {
    size_t kept = 0;
    for (size_t i = 0; i < live_; ++i) {
      if (mutator_.Between(0, 99) < percent) {
        live_bytes_ -= blocks_[i].size;
        mutator_.Free(&blocks_[i]);
      } else {
        blocks_[kept++] = blocks_[i];
      }
    }
    live_ = kept;
  }

  Tally tally() const { return mutator_.tally(); }

 private:
  Mutator mutator_;
  const uint64_t limit_;  // bytes
  uint64_t live_bytes_ = 0;
  size_t live_ = 0;  // blocks; they stand at the start of blocks_
  MappedArray<Block> blocks_;
};

}  // namespace

WorkloadResult RunFragmentation(const WorkloadOptions& options) {
  WorkloadResult result;
  Heap heap(options, options.Scaled(kLiveBytes));
  const double begin = SecondsNow();
  for (const Sizes& sizes : kPhases) {
    heap.Grow(sizes);
    heap.FreeAtRandom(kFreedShare);
  }
  heap.FreeAtRandom(100);
  result.seconds = SecondsNow() - begin;
  result.done = heap.tally();
  return result;
}

}  // namespace hakmem::bench
