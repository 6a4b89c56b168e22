// Growth by realloc: vectors that double, side by side, and single buffers that grow to 256 MiB by
// an eighth at a time, as a program reads input of unknown length.
//
// Growing in place, or by moving pages, saves the copy; size classes decide how often.
#include "bench/compare/workloads/threads.h"
#include "bench/compare/workloads/workload.h"

namespace hakmem::bench {
namespace {

constexpr uint64_t kGrowths = 6'000'000;
constexpr size_t kVectors = 500;
constexpr size_t kFirstCapacity = 32;
constexpr size_t kLargestVector = 256 << 10;

constexpr uint64_t kHugeBuffers = 3;
constexpr size_t kFirstHuge = 64 << 10;
constexpr size_t kLargestHuge = 256 << 20;

}  // namespace

WorkloadResult RunReallocVectors(const WorkloadOptions& options) {
  WorkloadResult result;
  Mutator mutator(options, 0);
  MappedArray<Block> vectors(kVectors);
  MappedArray<uint32_t> limits(kVectors);  // where each vector stops; most are short
  const double begin = SecondsNow();
  const uint64_t growths = options.Scaled(kGrowths);
  for (uint64_t i = 0; i < growths; ++i) {
    const size_t chosen = mutator.Between(0, kVectors - 1);
    Block& vector = vectors[chosen];
    if (vector.data != nullptr && vector.size < limits[chosen]) {
      mutator.Resize(&vector, vector.size * 2);
      continue;
    }
    mutator.Free(&vector);
    vector = mutator.Allocate(kFirstCapacity);
    limits[chosen] = static_cast<uint32_t>(mutator.Pareto(kFirstCapacity * 4, kLargestVector));
  }
  for (Block& vector : vectors) mutator.Free(&vector);
  result.seconds = SecondsNow() - begin;
  result.done = mutator.tally();
  return result;
}

WorkloadResult RunReallocHuge(const WorkloadOptions& options) {
  WorkloadResult result;
  Mutator mutator(options, 0);
  // The size, not the number, is scaled when one buffer would be too much.
  const uint64_t buffers = options.Scaled(kHugeBuffers);
  const size_t largest = options.scale * kHugeBuffers >= 1
                             ? kLargestHuge
                             : options.Scaled(kLargestHuge * kHugeBuffers);
  const double begin = SecondsNow();
  for (uint64_t i = 0; i < buffers; ++i) {
    Block buffer = mutator.Allocate(kFirstHuge);
    while (buffer.size < largest) mutator.Resize(&buffer, buffer.size + buffer.size / 8);
    mutator.Free(&buffer);
  }
  result.seconds = SecondsNow() - begin;
  result.done = mutator.tally();
  return result;
}

}  // namespace hakmem::bench
