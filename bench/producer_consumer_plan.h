// What //bench:producer_consumer runs: the workloads for its arguments, and what it says about
// them.
#ifndef BENCH_PRODUCER_CONSUMER_PLAN_H_
#define BENCH_PRODUCER_CONSUMER_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/harness/comparison.h"
#include "bench/producer_consumer_args.h"

namespace hakmem::bench {

// The command line, apart from what concerns the allocators.
struct ProducerConsumerOptions {
  // Up to seven: PRODUCERS CONSUMERS MESSAGES SMALLEST LARGEST DEPTH SEED.
  std::vector<std::string> positional;
  uint64_t messages = ProducerConsumerParams().messages;  // without positional arguments
  bool self_check = false;
  uint64_t cores = 1;
};

// The parameters to run, in order. Without positional arguments: 8 to 128, 16 to 1024 and 1024 to
// 32768 bytes, each with one producer and one consumer and, from four cores on, with one thread for
// each core, half of them producers. With them: just those.
absl::StatusOr<std::vector<ProducerConsumerParams>> PlanProducerConsumer(
    const ProducerConsumerOptions& options);

// `params` as the worker's arguments and a title.
Workload MakeWorkload(ProducerConsumerParams params);

// What a plan does, in a few lines for the head of the output. `plan` must not be empty.
std::string DescribePlan(const std::vector<ProducerConsumerParams>& plan, size_t rounds);

}  // namespace hakmem::bench

#endif  // BENCH_PRODUCER_CONSUMER_PLAN_H_
