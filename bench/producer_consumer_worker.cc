// producer_consumer_worker: runs the producer_consumer workload once, in this process, with
// whatever malloc it finds, and reports (harness/worker_report.h). Started by
// //bench:producer_consumer; a program of its own, so that its footprint is the workload's.
//
//   producer_consumer_worker PRODUCERS CONSUMERS MESSAGES MIN MAX DEPTH SEED SELF_CHECK
#include <unistd.h>

#include <cinttypes>
#include <cstdio>

#include "bench/harness/worker_report.h"
#include "bench/producer_consumer_args.h"
#include "bench/producer_consumer_workload.h"

namespace hakmem::bench {
namespace {

int RunWorker(int argc, char** argv) {
  ProducerConsumerParams params;
  ArgumentError error;
  if (!ParseProducerConsumerArguments(argc, argv, &params, &error)) {
    dprintf(STDERR_FILENO, "producer_consumer_worker: %s\n", error.text);
    return 2;
  }
  ProducerConsumerResult result;
  const char* failure = RunProducerConsumer(params, &result);
  if (failure != nullptr) {
    dprintf(STDERR_FILENO, "producer_consumer_worker: %s\n", failure);
    return 1;
  }
  char extra[128];
  snprintf(extra, sizeof(extra), "errors=%" PRIu64 " full=%" PRIu64 " empty=%" PRIu64,
           result.errors, result.full, result.empty);
  const WorkDone work = {.operations = result.operations,
                         .seconds = result.seconds,
                         .threads = params.producers + params.consumers};
  if (!WriteReport(ReportDescriptor(), work, ReadProcessUsage(), extra)) return 1;
  return result.errors == 0 ? 0 : 1;
}

}  // namespace
}  // namespace hakmem::bench

int main(int argc, char** argv) { return hakmem::bench::RunWorker(argc, argv); }
