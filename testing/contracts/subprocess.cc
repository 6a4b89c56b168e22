#include "testing/contracts/subprocess.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace hakmem::contracts {
namespace {

// A file in memory that takes a program's output.
class OutputFile {
 public:
  OutputFile() : fd_(memfd_create("output", 0)) {}
  ~OutputFile() { close(fd_); }
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  int fd() const { return fd_; }
  std::string Contents() const {
    std::string contents(static_cast<size_t>(lseek(fd_, 0, SEEK_END)), '\0');
    const ssize_t length = pread(fd_, contents.data(), contents.size(), 0);
    contents.resize(length < 0 ? 0 : static_cast<size_t>(length));
    return contents;
  }

 private:
  const int fd_;
};

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& string : strings) pointers.push_back(const_cast<char*>(string.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> Environment(const std::vector<std::string>& added) {
  std::vector<std::string> environment = added;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (std::strncmp(*entry, "HAKMEM_", 7) != 0) environment.push_back(*entry);
  }
  return environment;
}

}  // namespace

std::string Outcome::ToString() const {
  return "exit code " + std::to_string(exit_code) + ", signal " + std::to_string(signal) +
         "\n--- output\n" + output + "--- errors\n" + errors + "---";
}

Outcome RunProgram(const Command& command) {
  // Everything that allocates comes before fork().
  const std::vector<std::string> environment = Environment(command.environment);
  const std::vector<char*> argv = Pointers(command.arguments);
  const std::vector<char*> envp = Pointers(environment);
  const OutputFile output;
  const OutputFile errors;
  const pid_t child = fork();
  if (child == 0) {
    dup2(output.fd(), STDOUT_FILENO);
    dup2(errors.fd(), STDERR_FILENO);
    alarm(command.timeout);
    if (command.prepare != nullptr) command.prepare();
    execvpe(argv[0], argv.data(), envp.data());
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  Outcome outcome;
  if (WIFEXITED(status)) outcome.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) outcome.signal = WTERMSIG(status);
  outcome.output = output.Contents();
  outcome.errors = errors.Contents();
  return outcome;
}

std::string ProgramPath(const char* variable) {
  const char* path = std::getenv(variable);
  if (path == nullptr) {
    std::fprintf(stderr, "the BUILD file sets %s; run this test through bazel\n", variable);
    std::abort();
  }
  return path;
}

}  // namespace hakmem::contracts
