// Random numbers for tests: the sequence is fixed by a seed, which every test prints, so that a
// failure can be repeated.
#ifndef HAKMEM_CORE_TEST_RANDOM_H_
#define HAKMEM_CORE_TEST_RANDOM_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace hakmem {

// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). Not thread-safe.
class TestRandom {
 public:
  explicit TestRandom(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    uint64_t z = state_ += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }
  // Uniform in [0, bound); `bound` > 0. The bias of the remainder is of no weight here.
  size_t Below(size_t bound) { return Next() % bound; }
  size_t Between(size_t low, size_t high) { return low + Below(high - low + 1); }
  bool OneIn(size_t n) { return Below(n) == 0; }

  // Every power of two between the bounds is about equally likely. `low` <= `high`.
  size_t LogUniform(size_t low, size_t high) {
    const size_t bits = Between(std::bit_width(low), std::bit_width(high));
    const size_t floor = bits == 0 ? 0 : size_t{1} << (bits - 1);
    const size_t value = floor + (floor > 1 ? Below(floor) : 0);
    return value < low ? low : value > high ? high : value;
  }

 private:
  uint64_t state_;
};

// `standard`, or the seed that the environment variable TEST_SEED asks for. Printed either way.
inline uint64_t TestSeed(uint64_t standard) {
  const char* const text = std::getenv("TEST_SEED");
  const uint64_t seed = text != nullptr ? std::strtoull(text, nullptr, 0) : standard;
  std::printf("seed %llu (TEST_SEED sets another)\n", static_cast<unsigned long long>(seed));
  return seed;
}

}  // namespace hakmem

#endif  // HAKMEM_CORE_TEST_RANDOM_H_
