#include "bench/random_mixed_plan.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bench/harness/number_arguments.h"
#include "bench/harness/report.h"

namespace hakmem::bench {
namespace {

// Bytes: the tiny sizes, those of the classic command line, and all that a thread caches.
constexpr uint64_t kLargest[] = {1024, 4096, 32768};

// Of one thread with any allocator, roughly; for the progress line and the timeout.
constexpr double kExpectedSecondsPerOperation = 30e-9;

}  // namespace

absl::StatusOr<std::vector<RandomMixedParams>> PlanRandomMixed(const RandomMixedOptions& options) {
  RandomMixedParams base;
  base.slots = options.slots;
  base.self_check = options.self_check ? 1 : 0;
  const auto all = RandomMixedArguments(&base);
  NumberArgument positional[] = {all[0], all[2], all[3]};  // operations, largest size, seed
  positional[1].min = base.min_size;
  if (options.positional.size() > std::size(positional)) {
    return absl::InvalidArgumentError("takes at most three arguments: OPERATIONS LARGEST SEED");
  }
  std::vector<const char*> texts;
  for (const std::string& text : options.positional) texts.push_back(text.c_str());
  ArgumentError error;
  if (!ParseNumbers(texts.data(), texts.size(), positional, &error)) {
    return absl::InvalidArgumentError(error.text);
  }

  std::vector<uint64_t> largest = {base.max_size};
  if (options.positional.empty()) largest.assign(std::begin(kLargest), std::end(kLargest));
  std::vector<RandomMixedParams> plan;
  for (const uint64_t max_size : largest) {
    base.max_size = max_size;
    base.threads = 1;
    plan.push_back(base);
    base.threads = options.cores;
    if (options.cores > 1) plan.push_back(base);
  }
  return plan;
}

Workload MakeWorkload(RandomMixedParams params) {
  Workload workload;
  workload.title = absl::StrCat(params.min_size, "-", params.max_size, " bytes, ",
                                Plural(params.threads, "thread"));
  for (const NumberArgument& argument : RandomMixedArguments(&params)) {
    workload.arguments.push_back(absl::StrCat(*argument.value));
  }
  workload.expected_seconds = kExpectedSecondsPerOperation * static_cast<double>(params.operations);
  return workload;
}

std::string DescribePlan(const std::vector<RandomMixedParams>& plan, size_t rounds) {
  const RandomMixedParams& params = plan.front();
  return absl::StrCat(
      "random_mixed: each thread has a table of ", Plural(params.slots, "slot"),
      " and picks one at random, over and over:\nit frees the block there, or fills the empty slot "
      "with a new one.\n",
      "An operation is a free, or a malloc and a write to the first and the last byte.\n",
      Plural(rounds, "round"), ", ", params.operations,
      " operations of each thread, for each allocator and workload, interleaved,\n"
      "each in its own process. Seed ",
      params.seed, ".\n");
}

}  // namespace hakmem::bench
