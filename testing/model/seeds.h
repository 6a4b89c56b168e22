// The seeds that random tests run with.
#ifndef HAKMEM_TESTING_MODEL_SEEDS_H_
#define HAKMEM_TESTING_MODEL_SEEDS_H_

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace hakmem::model {

// `standard`, or the seed that the environment variable MODEL_SEED asks for. Printed either way.
inline uint64_t ChosenSeed(uint64_t standard) {
  const char* text = std::getenv("MODEL_SEED");
  const uint64_t seed = text != nullptr ? std::strtoull(text, nullptr, 0) : standard;
  std::printf("seed %llu (MODEL_SEED sets another)\n", static_cast<unsigned long long>(seed));
  return seed;
}

}  // namespace hakmem::model

#endif  // HAKMEM_TESTING_MODEL_SEEDS_H_
