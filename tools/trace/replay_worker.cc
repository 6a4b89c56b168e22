// replay_worker: replays a trace once, in this process, with whatever malloc it finds, and reports
// to file descriptor 3 (or to stdout, when 3 is not open). Started by //tools:trace --replay; a
// program of its own, so that its footprint is the trace's.
//
//   replay_worker PLAN ROUNDS
#include <fcntl.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>

#include "bench/harness/worker_report.h"
#include "tools/trace/replay_run.h"

int main(int argc, char** argv) {
  const uint64_t rounds = argc == 3 ? strtoull(argv[2], nullptr, 10) : 0;
  if (rounds == 0) {
    dprintf(STDERR_FILENO, "usage: replay_worker PLAN ROUNDS\n");
    return 2;
  }
  hakmem::trace::ReplayResult result;
  const char* const error = hakmem::trace::RunReplay(argv[1], rounds, &result);
  if (error != nullptr) {
    dprintf(STDERR_FILENO, "replay_worker: %s\n", error);
    return 1;
  }
  const hakmem::bench::ProcessUsage usage = hakmem::bench::ReadProcessUsage();
  char extra[64];
  snprintf(extra, sizeof(extra), "waits=%" PRIu64, result.waits);
  const bool piped = fcntl(hakmem::bench::kReportDescriptor, F_GETFD) != -1;
  const int descriptor = piped ? hakmem::bench::kReportDescriptor : STDOUT_FILENO;
  const hakmem::bench::WorkDone work = {
      .operations = result.calls, .seconds = result.seconds, .threads = result.threads};
  return hakmem::bench::WriteReport(descriptor, work, usage, extra) ? 0 : 1;
}
