#include "bench/compare/measured_process.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bench/compare/gated_child.h"
#include "bench/compare/perf_counters.h"
#include "bench/harness/child_process.h"

namespace hakmem::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kPreloadLookSeconds = 0.01;  // between two looks for the preload library

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// The pipe that a worker reports through.
struct Pipe {
  int ends[2] = {-1, -1};  // read, write
  ~Pipe() {
    CloseWriteEnd();
    if (ends[0] >= 0) close(ends[0]);
  }
  void CloseWriteEnd() {
    if (ends[1] >= 0) close(ends[1]);
    ends[1] = -1;
  }
};

// `report`: the descriptor that the process reports to.
GatedChild::Program ProgramOf(const ProcessSpec& spec, int report) {
  std::vector<std::string> environment = ChildEnvironment(environ, spec.preload);
  environment.insert(environment.end(), spec.environment.begin(), spec.environment.end());
  return {.path = spec.program,
          .arguments = spec.arguments,
          .environment = std::move(environment),
          .output = spec.output.empty() ? "/dev/null" : spec.output,
          .report = report};
}

// The client of `spec` as a process of its own: it gets the output.
ProcessSpec ClientOf(const ProcessSpec& spec) {
  ProcessSpec client;
  client.program = "/bin/sh";
  client.arguments = {"-c", spec.client};
  client.environment = spec.environment;
  client.output = spec.output;
  return client;
}

// In MiB; nothing when the process has no memory any more.
std::optional<double> ResidentMib(pid_t process) {
  std::ifstream file(absl::StrCat("/proc/", process, "/statm"));
  double size = 0, resident = 0;
  if (!(file >> size >> resident) || resident == 0) return std::nullopt;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

bool HasMapped(pid_t process, const std::string& library) {
  std::ifstream file(absl::StrCat("/proc/", process, "/maps"));
  std::ostringstream maps;
  maps << file.rdbuf();
  char* const real = realpath(library.c_str(), nullptr);
  const std::string path = real == nullptr ? library : real;
  free(real);
  return maps.str().find(path) != std::string::npos;
}

// Watches the process until it ends. False when that takes longer than the timeout.
bool Watch(const ProcessSpec& spec, GatedChild* child, Clock::time_point begin,
           ProcessResult* result) {
  while (true) {
    const double left = spec.timeout_seconds - SecondsSince(begin);
    if (left <= 0) return false;
    double pause = left;
    if (spec.sample_seconds > 0) pause = std::min(pause, spec.sample_seconds);
    const bool look_for_preload = !spec.preload.empty() && !result->preload_mapped;
    if (look_for_preload) pause = std::min(pause, kPreloadLookSeconds);
    if (child->EndsWithin(pause)) return true;
    if (look_for_preload) result->preload_mapped = HasMapped(child->pid(), spec.preload);
    if (spec.sample_seconds <= 0) continue;
    const std::optional<double> mib = ResidentMib(child->pid());
    if (mib.has_value()) result->samples.push_back({SecondsSince(begin), *mib});
  }
}

absl::Status ExitStatus(const char* who, int status) {
  if (WIFSIGNALED(status)) {
    return absl::InternalError(
        absl::StrCat(who, "signal ", WTERMSIG(status), " (", strsignal(WTERMSIG(status)), ")"));
  }
  if (WEXITSTATUS(status) != 0) {
    return absl::InternalError(absl::StrCat(who, "exit status ", WEXITSTATUS(status)));
  }
  return absl::OkStatus();
}

std::map<std::string, double> Values(const rusage& usage) {
  return {{"user_seconds", Seconds(usage.ru_utime)},
          {"system_seconds", Seconds(usage.ru_stime)},
          {"peak_rss_kib", static_cast<double>(usage.ru_maxrss)},
          {"minor_faults", static_cast<double>(usage.ru_minflt)},
          {"major_faults", static_cast<double>(usage.ru_majflt)}};
}

// What to do once the process has ended.
absl::Status WaitForClient(const ProcessSpec& spec, GatedChild* client) {
  if (!client->EndsWithin(spec.timeout_seconds)) {
    return absl::DeadlineExceededError("the client does not end");
  }
  rusage of_client;
  return ExitStatus("client: ", client->Wait(&of_client));
}

}  // namespace

absl::StatusOr<ProcessResult> RunMeasured(const ProcessSpec& spec) {
  Pipe report;
  if (pipe2(report.ends, O_CLOEXEC | O_NONBLOCK) != 0) {
    return absl::InternalError("cannot make a pipe");
  }
  ProcessSpec server = spec;
  std::optional<GatedChild> client;
  if (!spec.client.empty()) {
    server.output = "";
    client.emplace(ProgramOf(ClientOf(spec), -1));
  }
  GatedChild child(ProgramOf(server, report.ends[1]));
  if (!child.ok() || (client.has_value() && !client->ok())) {
    return absl::InternalError(absl::StrCat("cannot start ", spec.program));
  }
  report.CloseWriteEnd();
  const PerfCounters counters(HardwareEvents(), child.pid());
  ProcessResult result;
  const Clock::time_point begin = Clock::now();
  child.Open();
  if (client.has_value()) client->Open();
  const bool ended = Watch(spec, &child, begin, &result);
  result.seconds = SecondsSince(begin);
  if (!ended) child.Kill();
  rusage usage = {};
  const absl::Status status = ExitStatus("", child.Wait(&usage));
  if (!ended) {
    return absl::DeadlineExceededError(absl::StrCat("killed after ", spec.timeout_seconds, " s"));
  }
  if (!status.ok()) return status;
  if (client.has_value()) {
    const absl::Status of_client = WaitForClient(spec, &*client);
    if (!of_client.ok()) return of_client;
  }
  result.values = Values(usage);
  for (const auto& [name, count] : counters.Read()) result.values[name] = count;
  char buffer[1 << 16];
  const ssize_t got = read(report.ends[0], buffer, sizeof(buffer));
  if (got > 0) result.report.assign(buffer, static_cast<size_t>(got));
  return result;
}

}  // namespace hakmem::bench
