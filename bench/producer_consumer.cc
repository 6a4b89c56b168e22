// producer_consumer: every block is freed by another thread than the one that allocated it
// (producer_consumer_workload.h), under hakmem and its peers.
//
//   bazel run //bench:producer_consumer                 # three ranges of sizes
//   bazel run //bench:producer_consumer -- 2 2          # two producers, two consumers
//   bazel run //bench:producer_consumer -- 1 1 3000000 16 1024 1024 12345
//                         # and blocks of each producer, smallest and largest size, queue depth,
//                         seed
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/statusor.h"
#include "bench/harness/command_line.h"
#include "bench/harness/report.h"
#include "bench/harness/runner.h"
#include "bench/producer_consumer_plan.h"

ABSL_FLAG(uint64_t, ops, hakmem::bench::ProducerConsumerParams().messages,
          "Blocks of each producer, when no arguments say so.");
ABSL_FLAG(bool, self_check, false,
          "Check the contents of all blocks. The figures are then not an allocator's speed.");

namespace hakmem::bench {
namespace {

constexpr char kUsage[] =
    "Blocks allocated by one thread and freed by another, under hakmem, the system's allocator "
    "and\n"
    "its peers.\n\n"
    "  producer_consumer [flags]\n"
    "      8-128, 16-1024 and 1024-32768 bytes; one producer and one consumer and, from four "
    "cores\n"
    "      on, as many as there are cores.\n"
    "  producer_consumer [flags] PRODUCERS [CONSUMERS [BLOCKS [SMALLEST [LARGEST [DEPTH "
    "[SEED]]]]]]\n"
    "      Threads, blocks of each producer, sizes in bytes, queue depth (a power of two), "
    "seed.\n\n"
    "Each allocator runs in its own process by LD_PRELOAD, taking turns with the others.\n"
    "LD_PRELOAD=lib.so producer_consumer --here ... measures what is preloaded. The exit status "
    "is\n"
    "1 when an allocator failed, 2 when the arguments are wrong.";

int RunProducerConsumer(const std::string& program, std::vector<std::string> positional) {
  Benchmark benchmark;
  benchmark.name = "producer_consumer";
  if (!positional.empty()) benchmark.default_rounds = 3;
  const auto plan = PlanProducerConsumer({.positional = std::move(positional),
                                          .messages = absl::GetFlag(FLAGS_ops),
                                          .self_check = absl::GetFlag(FLAGS_self_check),
                                          .cores = CountCores()});
  if (!plan.ok()) return RefuseArguments(benchmark.name, plan.status());
  for (const ProducerConsumerParams& params : *plan) {
    benchmark.workloads.push_back(MakeWorkload(params));
  }
  benchmark.describe = [&plan](size_t rounds) { return DescribePlan(*plan, rounds); };
  benchmark.format = FormatWorkloads;
  return RunBenchmark(program, benchmark);
}

}  // namespace
}  // namespace hakmem::bench

int main(int argc, char** argv) {
  const std::vector<std::string> arguments =
      hakmem::bench::ParseCommandLine(hakmem::bench::kUsage, argc, argv);
  return hakmem::bench::RunProducerConsumer(arguments[0], {arguments.begin() + 1, arguments.end()});
}
