// compare_worker: runs one synthetic workload once, in this process, with whatever malloc it finds,
// and reports (harness/worker_report.h). Started by //bench:compare.
//
//   compare_worker NAME [--scale=X] [--wait=SECONDS] [--seed=N] [--self_check]
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "bench/compare/workloads/workload.h"
#include "bench/harness/worker_report.h"

namespace hakmem::bench {
namespace {

constexpr int kUsage = 2;

// The rest of `argument` after `prefix`, or nullptr when it starts otherwise.
const char* ValueOf(const char* argument, const char* prefix) {
  const size_t length = strlen(prefix);
  return strncmp(argument, prefix, length) == 0 ? argument + length : nullptr;
}

// Reads one option. False when it is none, or its value is not a number.
bool ParseOption(const char* argument, WorkloadOptions* options) {
  char* end = nullptr;
  const char* value;
  if (strcmp(argument, "--self_check") == 0) {
    options->self_check = true;
    return true;
  }
  if ((value = ValueOf(argument, "--scale=")) != nullptr) {
    options->scale = strtod(value, &end);
  } else if ((value = ValueOf(argument, "--wait=")) != nullptr) {
    options->wait_seconds = strtod(value, &end);
  } else if ((value = ValueOf(argument, "--seed=")) != nullptr) {
    options->seed = strtoull(value, &end, 10);
  } else {
    return false;
  }
  return end != value && *end == '\0' && options->scale > 0 && options->wait_seconds >= 0;
}

bool Report(const SyntheticWorkload& workload, const WorkloadResult& result) {
  const ProcessUsage usage = ReadProcessUsage();
  char extra[256];
  int length = snprintf(extra, sizeof(extra), "errors=%" PRIu64 " checksum=%" PRIu32,
                        result.done.errors, static_cast<uint32_t>(result.done.checksum));
  if (result.walk_seconds > 0) {
    length += snprintf(extra + length, sizeof(extra) - static_cast<size_t>(length),
                       " walk_seconds=%.9f", result.walk_seconds);
  }
  if (result.settled_rss_kib > 0) {
    snprintf(extra + length, sizeof(extra) - static_cast<size_t>(length), " settled_rss_kib=%zu",
             result.settled_rss_kib);
  }
  return WriteReport(ReportDescriptor(),
                     {.operations = result.done.operations,
                      .seconds = result.seconds,
                      .threads = workload.threads},
                     usage, extra);
}

int RunWorker(int argc, char** argv) {
  const SyntheticWorkload* workload = argc < 2 ? nullptr : FindSyntheticWorkload(argv[1]);
  WorkloadOptions options;
  bool good = workload != nullptr;
  for (int i = 2; i < argc; ++i) good = good && ParseOption(argv[i], &options);
  if (!good) {
    dprintf(STDERR_FILENO,
            "usage: compare_worker NAME [--scale=X] [--wait=SECONDS] [--seed=N] [--self_check]\n");
    return kUsage;
  }
  const WorkloadResult result = workload->run(options);
  if (!Report(*workload, result)) return 1;
  return result.done.errors == 0 ? 0 : 1;
}

}  // namespace
}  // namespace hakmem::bench

int main(int argc, char** argv) { return hakmem::bench::RunWorker(argc, argv); }
