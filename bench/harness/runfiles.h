// Where the files that Bazel built for a program lie.
//
// A program started by `bazel run`, by `bazel test` or from bazel-bin finds its `data` in a
// runfiles tree; one built by hand finds it beside itself.
#ifndef BENCH_HARNESS_RUNFILES_H_
#define BENCH_HARNESS_RUNFILES_H_

#include <string>
#include <vector>

namespace hakmem::bench {

// The directories to look in for workspace-relative paths, the most specific first: every
// repository of the runfiles trees named by RUNFILES_DIR, TEST_SRCDIR and `program` + ".runfiles",
// then the directory above the one that holds `program` (bazel-bin, for a program of a package one
// level deep). Reads the environment and the file system.
std::vector<std::string> RunfilesRoots(const std::string& program);

// The absolute path of the first of `roots` that has a file `path` in it, empty when none has.
std::string FindRunfile(const std::vector<std::string>& roots, const std::string& path);

}  // namespace hakmem::bench

#endif  // BENCH_HARNESS_RUNFILES_H_
