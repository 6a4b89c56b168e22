// The parameters of one run of the random_mixed workload, and how a worker's command line gives
// them. Needs nothing of the C++ library at run time.
#ifndef BENCH_RANDOM_MIXED_ARGS_H_
#define BENCH_RANDOM_MIXED_ARGS_H_

#include <array>
#include <cstdint>

#include "bench/harness/number_arguments.h"

namespace hakmem::bench {

struct RandomMixedParams {
  uint64_t operations = 10'000'000;  // of each thread
  uint64_t min_size = 16;            // bytes
  uint64_t max_size = 4096;          // bytes, inclusive
  uint64_t seed = 1234567;
  uint64_t threads = 1;
  uint64_t slots = 8192;    // of each thread's table; half of them hold a block, on average
  uint64_t self_check = 0;  // 1: fill blocks and check their contents; slow
};

// The worker's arguments in their order, to read into `*params`.
std::array<NumberArgument, 7> RandomMixedArguments(RandomMixedParams* params);

// Reads all of a worker's arguments. False, with `*error` set, when they are wrong.
bool ParseRandomMixedArguments(int argc, const char* const* argv, RandomMixedParams* params,
                               ArgumentError* error);

}  // namespace hakmem::bench

#endif  // BENCH_RANDOM_MIXED_ARGS_H_
