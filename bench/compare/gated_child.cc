#include "bench/compare/gated_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "bench/harness/worker_report.h"

namespace hakmem::bench {
namespace {

constexpr int kCannotExec = 127;

std::vector<char*> NullTerminated(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

// What the child does. Nothing in it allocates.
[[noreturn]] void BecomeProgram(const GatedChild::Program& program, char* const* arguments,
                                char* const* environment, int gate) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  char opened;
  // At the end of file the parent is gone.
  if (read(gate, &opened, 1) != 1) _exit(kCannotExec);
  const int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int out = open(program.output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (in < 0 || out < 0) _exit(kCannotExec);
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  if (program.report == kReportDescriptor) {
    fcntl(kReportDescriptor, F_SETFD, 0);
  } else if (program.report >= 0) {
    dup2(program.report, kReportDescriptor);
  }
  execve(program.path.c_str(), arguments, environment);
  _exit(kCannotExec);
}

}  // namespace

GatedChild::GatedChild(Program program) {
  int gate[2];
  if (pipe2(gate, O_CLOEXEC) != 0) return;
  program.arguments.insert(program.arguments.begin(), program.path);
  const std::vector<char*> arguments = NullTerminated(program.arguments);
  const std::vector<char*> environment = NullTerminated(program.environment);
  gate_ = gate[1];
  pid_ = fork();
  if (pid_ == 0) {
    close(gate_);
    BecomeProgram(program, arguments.data(), environment.data(), gate[0]);
  }
  close(gate[0]);
  if (pid_ > 0) ended_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
}

GatedChild::~GatedChild() {
  if (pid_ > 0 && !waited_) {
    Kill();
    rusage usage;
    Wait(&usage);
  }
  if (ended_ >= 0) close(ended_);
  if (gate_ >= 0) close(gate_);
}

void GatedChild::Open() { [[maybe_unused]] const ssize_t written = write(gate_, "", 1); }

void GatedChild::Kill() {
  kill(-pid_, SIGKILL);
  kill(pid_, SIGKILL);  // it may not be in its own group yet
}

bool GatedChild::EndsWithin(double seconds) {
  pollfd ended = {.fd = ended_, .events = POLLIN, .revents = 0};
  return poll(&ended, 1, static_cast<int>(std::max(0.0, seconds) * 1000 + 0.5)) > 0;
}

int GatedChild::Wait(rusage* usage) {
  int status = 0;
  while (wait4(pid_, &status, 0, usage) < 0 && errno == EINTR) {
  }
  waited_ = true;
  return status;
}

}  // namespace hakmem::bench
