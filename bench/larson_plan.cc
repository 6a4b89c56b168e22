#include "bench/larson_plan.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/harness/stats.h"

namespace hakmem::bench {
namespace {

struct SizeRange {
  uint64_t min;
  uint64_t max;
};

// Bytes: those of the Phase 7 design, and those of most published runs of larson.
constexpr SizeRange kSizeRanges[] = {{8, 128}, {8, 1000}};

// Above this share of time in hand-over the output warns.
constexpr double kHandoverWarning = 0.2;

// The share of its time that a chain of threads spent without a thread at work.
double HandoverShare(const Metrics& metrics) {
  return metrics.Get("handover_seconds") / (metrics.Get("seconds") * metrics.Get("threads"));
}

double NetMillionOpsPerSecond(const Metrics& metrics) {
  return metrics.MillionOpsPerSecond() / (1 - HandoverShare(metrics));
}

}  // namespace

absl::StatusOr<std::vector<LarsonParams>> PlanLarson(const LarsonOptions& options) {
  std::vector<LarsonParams> plan;
  LarsonParams base;
  base.operations_per_thread = options.operations_per_thread;
  base.self_check = options.self_check;
  if (options.positional.empty()) {
    base.seconds = options.seconds;
    for (const SizeRange& range : kSizeRanges) {
      base.min_size = range.min;
      base.max_size = range.max;
      base.threads = 1;
      plan.push_back(base);
      base.threads = options.cores;
      if (options.cores > 1) plan.push_back(base);
    }
  } else {
    if (options.positional.size() != kClassicArgumentCount) {
      return absl::InvalidArgumentError(
          "takes no arguments, or seven: SECONDS MIN MAX BLOCKS ROUNDS SEED THREADS");
    }
    const char* arguments[kClassicArgumentCount];
    for (int i = 0; i < kClassicArgumentCount; ++i) arguments[i] = options.positional[i].c_str();
    const char* error = ParseClassicArguments(arguments, &base);
    if (error != nullptr) return absl::InvalidArgumentError(error);
    plan.push_back(base);
  }
  for (const LarsonParams& params : plan) {
    const char* error = CheckParams(params);
    if (error != nullptr) return absl::InvalidArgumentError(error);
  }
  return plan;
}

Workload MakeWorkload(const LarsonParams& params) {
  Workload workload;
  workload.title = absl::StrCat(params.min_size, "-", params.max_size, " bytes, ",
                                Plural(params.threads, "thread"));
  workload.arguments = {absl::StrCat(params.seconds),  absl::StrCat(params.min_size),
                        absl::StrCat(params.max_size), absl::StrCat(params.blocks_per_thread),
                        absl::StrCat(params.rounds),   absl::StrCat(params.seed),
                        absl::StrCat(params.threads)};
  if (params.operations_per_thread != 0) {
    workload.arguments.push_back(absl::StrCat("--ops=", params.operations_per_thread));
  }
  if (params.self_check) workload.arguments.push_back("--self_check");
  workload.expected_seconds = params.seconds;
  return workload;
}

std::string DescribePlan(const std::vector<LarsonParams>& plan, size_t rounds) {
  const LarsonParams& params = plan.front();
  const std::string length =
      params.operations_per_thread != 0
          ? absl::StrCat(params.operations_per_thread, " operations a thread")
          : absl::StrFormat("%g s", params.seconds);
  return absl::StrCat(
      "larson: each thread keeps ", Plural(params.blocks_per_thread, "block"),
      " and replaces one at random, over and over.\n",
      "An operation is a free, a malloc, and a write to the first and the last byte.\n", "After ",
      Plural(params.OperationsPerHandover(), "operation"),
      " a thread hands its blocks to a new thread, and ends.\n", Plural(rounds, "round"), ", ",
      length, " for each allocator and workload, interleaved, each in its own process.\n", "Seed ",
      params.seed, ".\n");
}

bool HandoverShows(const std::vector<Cell>& cells) {
  return std::any_of(cells.begin(), cells.end(), [](const Cell& cell) {
    std::vector<double> shares;
    for (const Metrics& metrics : cell.rounds) shares.push_back(HandoverShare(metrics));
    return Summarize(std::move(shares)).median > kHandoverWarning;
  });
}

std::vector<ExtraColumn> LarsonColumns(bool handover_shows) {
  std::vector<ExtraColumn> columns = {
      {"hand-over %", [](const Metrics& metrics) { return 100 * HandoverShare(metrics); }, 1}};
  if (handover_shows) columns.push_back({"net M ops/s", NetMillionOpsPerSecond, 2});
  return columns;
}

std::string HandoverWarning(const LarsonParams& params) {
  return absl::StrFormat(
      "Mind: there was a hand-over every %d operations, and it took much of the time (hand-over "
      "%%).\n"
      "M ops/s then tells of thread creation as much as of the allocator; net M ops/s is without\n"
      "that time. More rounds (the fifth argument) make hand-overs rarer.\n",
      params.OperationsPerHandover());
}

}  // namespace hakmem::bench
