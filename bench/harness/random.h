// A random number generator that costs about a nanosecond, so that it does not hide the allocator.
//
// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): its state advances by one addition, so the
// processor computes the next numbers while an allocator's loads are under way.
#ifndef BENCH_HARNESS_RANDOM_H_
#define BENCH_HARNESS_RANDOM_H_

#include <cstdint>

namespace hakmem::bench {

// Uniform over all 64-bit values; equal states give equal sequences on every machine.
inline uint64_t NextRandom(uint64_t* state) {
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

// Maps 32 random bits to [0, bound) without a division (Lemire's multiply and shift). `bound` is at
// most 2^32. The bias is below bound / 2^32.
inline uint64_t Scale(uint32_t random, uint64_t bound) { return (random * bound) >> 32; }

}  // namespace hakmem::bench

#endif  // BENCH_HARNESS_RANDOM_H_
