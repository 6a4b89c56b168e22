#include "bench/larson_args.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "bench/harness/number_arguments.h"

namespace hakmem::bench {
namespace {

constexpr uint64_t kMaxBlocksPerThread = 1u << 30;
constexpr uint64_t kMaxSize = 1u << 30;
constexpr uint64_t kMaxRounds = uint64_t{1} << 32;  // times kMaxBlocksPerThread fits 64 bits
constexpr uint64_t kMaxThreads = 4096;
constexpr double kMaxSeconds = 86400;

bool ParseSeconds(const char* text, double* value) {
  if ((*text < '0' || *text > '9') && *text != '.') return false;
  char* end = nullptr;
  errno = 0;
  *value = strtod(text, &end);
  return errno == 0 && end != text && *end == '\0';
}

}  // namespace

const char* ParseClassicArguments(const char* const* arguments, LarsonParams* params) {
  if (!ParseSeconds(arguments[0], &params->seconds)) return "seconds: not a number";
  if (!ParseUnsigned(arguments[1], &params->min_size)) return "smallest size: not a whole number";
  if (!ParseUnsigned(arguments[2], &params->max_size)) return "largest size: not a whole number";
  if (!ParseUnsigned(arguments[3], &params->blocks_per_thread)) {
    return "blocks per thread: not a whole number";
  }
  if (!ParseUnsigned(arguments[4], &params->rounds)) return "rounds: not a whole number";
  if (!ParseUnsigned(arguments[5], &params->seed)) return "seed: not a whole number";
  if (!ParseUnsigned(arguments[6], &params->threads)) return "threads: not a whole number";
  return nullptr;
}

const char* CheckParams(const LarsonParams& params) {
  if (!(params.seconds > 0) && params.operations_per_thread == 0) return "seconds: must be above 0";
  if (params.seconds > kMaxSeconds) return "seconds: must be at most 86400";
  if (params.min_size < 1) return "smallest size: must be at least 1";
  if (params.max_size < params.min_size) return "largest size: must not be below the smallest";
  if (params.max_size > kMaxSize) return "largest size: must be at most 1073741824";
  if (params.blocks_per_thread < 1 || params.blocks_per_thread > kMaxBlocksPerThread) {
    return "blocks per thread: must be from 1 to 1073741824";
  }
  if (params.rounds < 1 || params.rounds > kMaxRounds) {
    return "rounds: must be from 1 to 4294967296";
  }
  if (params.threads < 1 || params.threads > kMaxThreads) return "threads: must be from 1 to 4096";
  return nullptr;
}

const char* ParseWorkerArguments(int argc, const char* const* argv, LarsonParams* params) {
  if (argc < 1 + kClassicArgumentCount) {
    return "needs SECONDS MIN MAX BLOCKS ROUNDS SEED THREADS";
  }
  const char* error = ParseClassicArguments(argv + 1, params);
  if (error != nullptr) return error;
  constexpr char kOps[] = "--ops=";
  constexpr size_t kOpsLength = sizeof(kOps) - 1;
  for (int i = 1 + kClassicArgumentCount; i < argc; ++i) {
    if (strcmp(argv[i], "--self_check") == 0) {
      params->self_check = true;
    } else if (strncmp(argv[i], kOps, kOpsLength) == 0) {
      if (!ParseUnsigned(argv[i] + kOpsLength, &params->operations_per_thread)) {
        return "--ops: not a whole number";
      }
    } else {
      return "knows --ops=N and --self_check only";
    }
  }
  return CheckParams(*params);
}

}  // namespace hakmem::bench
