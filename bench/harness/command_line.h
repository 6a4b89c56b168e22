// The command line of a program that measures.
#ifndef BENCH_HARNESS_COMMAND_LINE_H_
#define BENCH_HARNESS_COMMAND_LINE_H_

#include <string>
#include <vector>

namespace hakmem::bench {

// Parses the flags, and sees to it that --help shows `usage` and every flag of hakmem's, also those
// that the harness defines. Returns the program's path and the arguments that are not flags; ends
// the program where it was asked for help or a flag is wrong.
std::vector<std::string> ParseCommandLine(const char* usage, int argc, char** argv);

}  // namespace hakmem::bench

#endif  // BENCH_HARNESS_COMMAND_LINE_H_
