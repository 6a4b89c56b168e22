// Random numbers for the unit tests of the allocator's packages: fixed by a seed, which every test
// prints, so that a failure can be repeated.
#ifndef HAKMEM_CORE_TEST_RANDOM_H_
#define HAKMEM_CORE_TEST_RANDOM_H_

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
  // Uniform in [0, bound); `bound` > 0.
  size_t Below(size_t bound) { return Next() % bound; }
  bool OneIn(size_t n) { return Below(n) == 0; }

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
