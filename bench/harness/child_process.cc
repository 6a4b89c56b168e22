#include "bench/harness/child_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bench/harness/worker_report.h"

namespace hakmem::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kPreloadVariable = "LD_PRELOAD=";
constexpr size_t kLongestReport = 1 << 16;  // bytes; longer ones are cut off

std::vector<char*> NullTerminated(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Starts the child with `report` as its kReportDescriptor.
absl::StatusOr<pid_t> Spawn(const ChildCommand& command, int report) {
  std::vector<std::string> arguments = command.arguments;
  arguments.insert(arguments.begin(), command.program);
  std::vector<std::string> environment = ChildEnvironment(environ, command.preload);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  // Also when they are the same: glibc then clears close-on-exec.
  posix_spawn_file_actions_adddup2(&actions, report, kReportDescriptor);
  pid_t child = -1;
  const int error =
      posix_spawn(&child, command.program.c_str(), &actions, nullptr,
                  NullTerminated(arguments).data(), NullTerminated(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    return absl::InternalError(
        absl::StrCat("cannot start ", command.program, ": ", strerror(error)));
  }
  return child;
}

// Reads until the other end is closed. False when that takes until `deadline`.
bool ReadAll(int descriptor, Clock::time_point deadline, std::string* text) {
  char buffer[4096];
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return false;
    pollfd readable = {.fd = descriptor, .events = POLLIN, .revents = 0};
    if (poll(&readable, 1, static_cast<int>(left.count())) <= 0) continue;
    const ssize_t got = read(descriptor, buffer, sizeof(buffer));
    if (got <= 0) return true;
    if (text->size() < kLongestReport) text->append(buffer, static_cast<size_t>(got));
  }
}

absl::Status ExitStatus(int status) {
  if (WIFSIGNALED(status)) {
    return absl::InternalError(
        absl::StrCat("signal ", WTERMSIG(status), " (", strsignal(WTERMSIG(status)), ")"));
  }
  if (WEXITSTATUS(status) != 0) {
    return absl::InternalError(absl::StrCat("exit status ", WEXITSTATUS(status)));
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<std::string> ChildEnvironment(const char* const* environment,
                                          const std::optional<std::string>& preload) {
  std::vector<std::string> result;
  for (; *environment != nullptr; ++environment) {
    const std::string_view variable = *environment;
    if (preload.has_value() && variable.substr(0, kPreloadVariable.size()) == kPreloadVariable) {
      continue;
    }
    result.emplace_back(variable);
  }
  if (preload.has_value() && !preload->empty()) {
    result.push_back(std::string(kPreloadVariable) + *preload);
  }
  return result;
}

absl::StatusOr<std::string> RunChild(const ChildCommand& command) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return absl::InternalError("cannot make a pipe");
  const absl::StatusOr<pid_t> child = Spawn(command, ends[1]);
  close(ends[1]);
  if (!child.ok()) {
    close(ends[0]);
    return child.status();
  }
  std::string report;
  const auto timeout = std::chrono::duration<double>(command.timeout_seconds);
  const bool ended = ReadAll(
      ends[0], Clock::now() + std::chrono::duration_cast<Clock::duration>(timeout), &report);
  close(ends[0]);
  if (!ended) kill(*child, SIGKILL);
  int status = 0;
  while (waitpid(*child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!ended) {
    return absl::DeadlineExceededError(
        absl::StrCat("killed after ", command.timeout_seconds, " s"));
  }
  const absl::Status exit_status = ExitStatus(status);
  if (!exit_status.ok()) return exit_status;
  if (report.empty()) return absl::InternalError("no report");
  return report.substr(0, report.find('\n'));
}

}  // namespace hakmem::bench
