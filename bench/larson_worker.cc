// larson_worker: runs the larson workload once, in this process, with whatever malloc it finds, and
// reports to file descriptor 3 (or to stdout, when 3 is not open). Started by //bench:larson; a
// program of its own, so that its footprint is the workload's.
//
//   larson_worker SECONDS MIN MAX BLOCKS ROUNDS SEED THREADS [--ops=N] [--self_check]
#include <unistd.h>

#include <cinttypes>
#include <cstdio>

#include "bench/harness/worker_report.h"
#include "bench/larson_args.h"
#include "bench/larson_workload.h"

namespace hakmem::bench {
namespace {

int RunWorker(int argc, char** argv) {
  LarsonParams params;
  const char* error = ParseWorkerArguments(argc, argv, &params);
  if (error != nullptr) {
    dprintf(STDERR_FILENO, "larson_worker: %s\n", error);
    return 2;
  }
  LarsonResult result;
  error = RunLarson(params, &result);
  if (error != nullptr) {
    dprintf(STDERR_FILENO, "larson_worker: %s\n", error);
    return 1;
  }
  const ProcessUsage usage = ReadProcessUsage();
  char extra[256];
  snprintf(extra, sizeof(extra),
           "handovers=%" PRIu64 " handover_seconds=%.9f errors=%" PRIu64 " live_blocks=%" PRIu64
           " live_bytes=%" PRIu64 " checksum=%" PRIu64,
           result.handovers, result.handover_seconds, result.errors, result.live_blocks,
           result.live_bytes, result.checksum);
  const WorkDone work = {
      .operations = result.operations, .seconds = result.seconds, .threads = params.threads};
  if (!WriteReport(ReportDescriptor(), work, usage, extra)) return 1;
  return result.errors == 0 ? 0 : 1;
}

}  // namespace
}  // namespace hakmem::bench

int main(int argc, char** argv) { return hakmem::bench::RunWorker(argc, argv); }
