// The parameters of one run of the producer_consumer workload, and how a worker's command line
// gives them. Needs nothing of the C++ library at run time.
#ifndef BENCH_PRODUCER_CONSUMER_ARGS_H_
#define BENCH_PRODUCER_CONSUMER_ARGS_H_

#include <array>
#include <cstdint>

#include "bench/harness/number_arguments.h"

namespace hakmem::bench {

struct ProducerConsumerParams {
  uint64_t producers = 1;         // threads
  uint64_t consumers = 1;         // threads
  uint64_t messages = 3'000'000;  // of each producer
  uint64_t min_size = 16;         // bytes
  uint64_t max_size = 1024;       // bytes, inclusive
  uint64_t depth = 1024;          // messages that a queue holds; a power of two
  uint64_t seed = 12345;
  uint64_t self_check = 0;  // 1: fill blocks and check their contents; slow
};

// The worker's arguments in their order, to read into `*params`.
std::array<NumberArgument, 8> ProducerConsumerArguments(ProducerConsumerParams* params);

// What ParseNumbers can't see: nullptr, or what is wrong with `params`.
const char* CheckParams(const ProducerConsumerParams& params);

// Reads all of a worker's arguments. False, with `*error` set, when they are wrong.
bool ParseProducerConsumerArguments(int argc, const char* const* argv,
                                    ProducerConsumerParams* params, ArgumentError* error);

}  // namespace hakmem::bench

#endif  // BENCH_PRODUCER_CONSUMER_ARGS_H_
