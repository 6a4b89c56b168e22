#include "bench/producer_consumer_args.h"

#include <cstdio>

#include "bench/harness/checked_block.h"
#include "bench/harness/worker_threads.h"

namespace hakmem::bench {

std::array<NumberArgument, 8> ProducerConsumerArguments(ProducerConsumerParams* params) {
  return {{{"producers", 1, kMaxThreads / 2, &params->producers},
           {"consumers", 1, kMaxThreads / 2, &params->consumers},
           {"messages", 1, UINT64_MAX / kMaxThreads, &params->messages},
           {"smallest size", 1, kMaxBlockSize, &params->min_size},
           {"largest size", 1, kMaxBlockSize, &params->max_size},
           {"queue depth", 1, uint64_t{1} << 20, &params->depth},
           {"seed", 0, UINT64_MAX, &params->seed},
           {"self-check", 0, 1, &params->self_check}}};
}

const char* CheckParams(const ProducerConsumerParams& params) {
  if (params.max_size < params.min_size) return "largest size: must not be below the smallest";
  if ((params.depth & (params.depth - 1)) != 0) return "queue depth: must be a power of two";
  return nullptr;
}

bool ParseProducerConsumerArguments(int argc, const char* const* argv,
                                    ProducerConsumerParams* params, ArgumentError* error) {
  const auto arguments = ProducerConsumerArguments(params);
  if (argc != 1 + static_cast<int>(arguments.size())) {
    *error = {"needs PRODUCERS CONSUMERS MESSAGES MIN MAX DEPTH SEED SELF_CHECK"};
    return false;
  }
  if (!ParseNumbers(argv + 1, arguments.size(), arguments.data(), error)) return false;
  const char* wrong = CheckParams(*params);
  if (wrong != nullptr) snprintf(error->text, sizeof(error->text), "%s", wrong);
  return wrong == nullptr;
}

}  // namespace hakmem::bench
