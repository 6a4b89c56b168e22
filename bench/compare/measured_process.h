// Runs one process to its end and measures it from the outside.
//
//   fork -> the child waits at a gate -> counters are attached -> the gate opens -> exec
//        -> its memory is sampled, if asked for -> wait4
//
// To be called from a program with one thread (gated_child.h says why).
#ifndef BENCH_COMPARE_MEASURED_PROCESS_H_
#define BENCH_COMPARE_MEASURED_PROCESS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/compare/results.h"

namespace hakmem::bench {

struct ProcessSpec {
  std::string program;                   // path
  std::vector<std::string> arguments;    // without the program's name
  std::vector<std::string> environment;  // "NAME=VALUE", in addition to this process's own
  std::string preload;                   // the value of LD_PRELOAD, empty for none
  std::string output;                    // the file that stdout goes to; empty: /dev/null
  double timeout_seconds = 60;           // then the group is killed
  double sample_seconds = 0;             // between two samples of resident memory; 0: none
  // A shell command that runs beside the process, without the preload and unmeasured; its stdout
  // goes to `output` in place of the process's. The process has to end when it does.
  std::string client;
};

struct ProcessResult {
  double seconds = 0;  // from exec to the end, on the monotonic clock
  // "user_seconds", "system_seconds", "peak_rss_kib", "minor_faults", "major_faults": wait4's, of
  // the process and of all its descendants that were waited for. The peak is that of the largest
  // one. Then the hardware counters, if any.
  std::map<std::string, double> values;
  std::string report;              // what it wrote to kReportDescriptor: at most a pipe's buffer
  std::vector<RssSample> samples;  // of the process itself
  bool preload_mapped = false;     // the preload library was seen in its address space
};

// An error says what happened: it can't be started, a signal, an exit status, the timeout.
absl::StatusOr<ProcessResult> RunMeasured(const ProcessSpec& spec);

}  // namespace hakmem::bench

#endif  // BENCH_COMPARE_MEASURED_PROCESS_H_
