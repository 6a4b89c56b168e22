// The real programs: which, how they are called, and the inputs they need.
//
// All are Debian's. What is not installed is named, and its row is skipped.
#ifndef BENCH_COMPARE_PROGRAMS_H_
#define BENCH_COMPARE_PROGRAMS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "bench/compare/rows.h"

namespace hakmem::bench {

// Where the programs' files are.
struct ProgramFiles {
  std::string scripts;  // the directory of this package's programs/
  std::string inputs;   // what make_inputs.py makes
  std::string scratch;  // an empty directory with a short path, for sockets
};

// The rows of all programs; Row::missing says which Debian package a program comes in.
std::vector<Row> ProgramRows(const ProgramFiles& files, const RowOptions& options);

// Whether `rows` has a program that is installed, so that inputs are needed.
bool AnyProgram(const std::vector<Row>& rows);

// Where in `cache` the inputs belong that the script `make_inputs` makes. The name holds the
// script's checksum, so that inputs of an older one are never used.
std::string InputsDirectory(const std::string& make_inputs, const std::string& cache, bool quick);

// Makes them, unless they are there: that takes seconds.
absl::Status MakeInputs(const std::string& make_inputs, const std::string& directory, bool quick);

// The directory to keep inputs in: $XDG_CACHE_HOME/hakmem, or ~/.cache/hakmem.
std::string CacheDirectory();

}  // namespace hakmem::bench

#endif  // BENCH_COMPARE_PROGRAMS_H_
