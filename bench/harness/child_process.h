// Runs one worker process under one allocator and returns the line that it reports.
//
// The child is spawned, not forked: it shares no memory with the runner. Its report comes through a
// pipe at kReportDescriptor (worker_report.h); its stdin is /dev/null; stdout and stderr are the
// runner's.
#ifndef BENCH_HARNESS_CHILD_PROCESS_H_
#define BENCH_HARNESS_CHILD_PROCESS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace hakmem::bench {

struct ChildCommand {
  std::string program;                 // path
  std::vector<std::string> arguments;  // without the program's name
  // The value of LD_PRELOAD for the child: a path, or empty for none. Without a value the child
  // gets the runner's own LD_PRELOAD. All other variables are the runner's.
  std::optional<std::string> preload;
  double timeout_seconds = 60;  // then the child is killed
};

// The child's environment: `environment` ("NAME=value" each) with LD_PRELOAD replaced as
// `preload` says.
std::vector<std::string> ChildEnvironment(const char* const* environment,
                                          const std::optional<std::string>& preload);

// Runs the command to its end. Returns the first line of its report, without the newline. An error
// says what happened: it can't be started, a signal, an exit status, the timeout, no report.
// Blocks; safe from several threads at once.
absl::StatusOr<std::string> RunChild(const ChildCommand& command);

}  // namespace hakmem::bench

#endif  // BENCH_HARNESS_CHILD_PROCESS_H_
