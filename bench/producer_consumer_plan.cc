#include "bench/producer_consumer_plan.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bench/harness/number_arguments.h"
#include "bench/harness/report.h"

namespace hakmem::bench {
namespace {

struct SizeRange {
  uint64_t min;
  uint64_t max;
};

// Bytes: small messages, the tiny sizes, and buffers.
constexpr SizeRange kSizeRanges[] = {{8, 128}, {16, 1024}, {1024, 32768}};

// With any allocator, roughly; for the progress line and the timeout.
constexpr double kExpectedSecondsPerMessage = 150e-9;

}  // namespace

absl::StatusOr<std::vector<ProducerConsumerParams>> PlanProducerConsumer(
    const ProducerConsumerOptions& options) {
  ProducerConsumerParams base;
  base.self_check = options.self_check ? 1 : 0;
  base.messages = options.messages;
  const auto arguments = ProducerConsumerArguments(&base);
  if (options.positional.size() >= arguments.size()) {  // the last one is a flag here
    return absl::InvalidArgumentError(
        "takes at most seven arguments: PRODUCERS CONSUMERS MESSAGES SMALLEST LARGEST DEPTH SEED");
  }
  std::vector<const char*> texts;
  for (const std::string& text : options.positional) texts.push_back(text.c_str());
  ArgumentError error;
  if (!ParseNumbers(texts.data(), texts.size(), arguments.data(), &error)) {
    return absl::InvalidArgumentError(error.text);
  }
  const char* wrong = CheckParams(base);
  if (wrong != nullptr) return absl::InvalidArgumentError(wrong);
  if (!options.positional.empty()) return std::vector<ProducerConsumerParams>{base};

  std::vector<ProducerConsumerParams> plan;
  for (const SizeRange& range : kSizeRanges) {
    base.min_size = range.min;
    base.max_size = range.max;
    base.producers = base.consumers = 1;
    plan.push_back(base);
    base.producers = base.consumers = options.cores / 2;
    if (options.cores >= 4) plan.push_back(base);
  }
  return plan;
}

Workload MakeWorkload(ProducerConsumerParams params) {
  Workload workload;
  workload.title = absl::StrCat(params.min_size, "-", params.max_size, " bytes, ",
                                Plural(params.producers, "producer"), ", ",
                                Plural(params.consumers, "consumer"));
  for (const NumberArgument& argument : ProducerConsumerArguments(&params)) {
    workload.arguments.push_back(absl::StrCat(*argument.value));
  }
  workload.expected_seconds = kExpectedSecondsPerMessage * static_cast<double>(params.messages);
  return workload;
}

std::string DescribePlan(const std::vector<ProducerConsumerParams>& plan, size_t rounds) {
  const ProducerConsumerParams& params = plan.front();
  return absl::StrCat(
      "producer_consumer: producers allocate blocks and write to the first and the last byte;\n"
      "consumers read those and free the blocks. A queue of ",
      params.depth,
      " blocks leads from each producer to each consumer.\n"
      "An operation is one block, allocated and freed.\n",
      Plural(rounds, "round"), ", ", params.messages,
      " blocks of each producer, for each allocator and workload, interleaved,\n"
      "each in its own process. Seed ",
      params.seed, ".\n");
}

}  // namespace hakmem::bench
