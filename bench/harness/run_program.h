// Runs a program of this build as a user would, for tests.
#ifndef BENCH_HARNESS_RUN_PROGRAM_H_
#define BENCH_HARNESS_RUN_PROGRAM_H_

#include <string>

namespace hakmem::bench {

struct Outcome {
  int exit_status;     // -1 when it did not exit
  std::string output;  // stdout and stderr
};

// Runs `program` with `arguments`, which the shell splits.
Outcome RunProgram(const std::string& program, const std::string& arguments);

// How often `part` stands in `text`.
int CountOf(const std::string& text, const std::string& part);

}  // namespace hakmem::bench

#endif  // BENCH_HARNESS_RUN_PROGRAM_H_
