#include "bench/random_mixed_args.h"

#include "bench/harness/checked_block.h"
#include "bench/harness/worker_threads.h"

namespace hakmem::bench {

std::array<NumberArgument, 7> RandomMixedArguments(RandomMixedParams* params) {
  return {{{"operations", 1, UINT64_MAX / kMaxThreads, &params->operations},
           {"smallest size", 1, kMaxBlockSize, &params->min_size},
           {"largest size", 1, kMaxBlockSize, &params->max_size},
           {"seed", 0, UINT64_MAX, &params->seed},
           {"threads", 1, kMaxThreads, &params->threads},
           {"slots", 1, uint64_t{1} << 30, &params->slots},
           {"self-check", 0, 1, &params->self_check}}};
}

bool ParseRandomMixedArguments(int argc, const char* const* argv, RandomMixedParams* params,
                               ArgumentError* error) {
  const auto arguments = RandomMixedArguments(params);
  if (argc != 1 + static_cast<int>(arguments.size())) {
    *error = {"needs OPERATIONS MIN MAX SEED THREADS SLOTS SELF_CHECK"};
    return false;
  }
  if (!ParseNumbers(argv + 1, arguments.size(), arguments.data(), error)) return false;
  if (params->max_size < params->min_size) {
    *error = {"largest size: must not be below the smallest"};
    return false;
  }
  return true;
}

}  // namespace hakmem::bench
