// random_mixed_worker: runs the random_mixed workload once, in this process, with whatever malloc
// it finds, and reports (harness/worker_report.h). Started by //bench:random_mixed; a program of
// its own, so that its footprint is the workload's.
//
//   random_mixed_worker OPERATIONS MIN MAX SEED THREADS SLOTS SELF_CHECK
#include <unistd.h>

#include <cinttypes>
#include <cstdio>

#include "bench/harness/worker_report.h"
#include "bench/random_mixed_args.h"
#include "bench/random_mixed_workload.h"

namespace hakmem::bench {
namespace {

int RunWorker(int argc, char** argv) {
  RandomMixedParams params;
  ArgumentError error;
  if (!ParseRandomMixedArguments(argc, argv, &params, &error)) {
    dprintf(STDERR_FILENO, "random_mixed_worker: %s\n", error.text);
    return 2;
  }
  RandomMixedResult result;
  const char* failure = RunRandomMixed(params, &result);
  if (failure != nullptr) {
    dprintf(STDERR_FILENO, "random_mixed_worker: %s\n", failure);
    return 1;
  }
  char extra[128];
  snprintf(extra, sizeof(extra), "errors=%" PRIu64 " live_blocks=%" PRIu64 " checksum=%" PRIu64,
           result.errors, result.live_blocks, result.checksum);
  const WorkDone work = {
      .operations = result.operations, .seconds = result.seconds, .threads = params.threads};
  if (!WriteReport(ReportDescriptor(), work, ReadProcessUsage(), extra)) return 1;
  return result.errors == 0 ? 0 : 1;
}

}  // namespace
}  // namespace hakmem::bench

int main(int argc, char** argv) { return hakmem::bench::RunWorker(argc, argv); }
