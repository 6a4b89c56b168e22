// Runs a program to its end and keeps what it said.
#ifndef HAKMEM_TESTING_CONTRACTS_SUBPROCESS_H_
#define HAKMEM_TESTING_CONTRACTS_SUBPROCESS_H_

#include <string>
#include <vector>

namespace hakmem::contracts {

struct Command {
  // The program's path and its arguments. The program is looked for in $PATH.
  std::vector<std::string> arguments;
  // "NAME=value"; added to this process's environment without its HAKMEM_ variables.
  std::vector<std::string> environment = {};
  // Called in the child before the program starts; may only make system calls.
  void (*prepare)() = nullptr;
  // After so many seconds SIGALRM ends the program.
  unsigned timeout = 60;
};

struct Outcome {
  int exit_code = -1;  // -1 if a signal ended the program
  int signal = 0;      // 0 if it exited
  std::string output;
  std::string errors;  // what it wrote to stderr

  // All of it, for a failure message.
  std::string ToString() const;
};

// Not thread-safe: the environment and the file descriptors are the process's.
Outcome RunProgram(const Command& command);

// The path of the program that the BUILD file names in the environment variable `variable`. Ends
// the test if it isn't set.
std::string ProgramPath(const char* variable);

}  // namespace hakmem::contracts

#endif  // HAKMEM_TESTING_CONTRACTS_SUBPROCESS_H_
