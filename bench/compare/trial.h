// One run of one row under one allocator: starts the process, checks that the figure is what it
// claims to be, and turns it into the metrics of the harness.
#ifndef BENCH_COMPARE_TRIAL_H_
#define BENCH_COMPARE_TRIAL_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/compare/results.h"
#include "bench/compare/rows.h"
#include "bench/harness/metrics.h"
#include "bench/harness/peers.h"

namespace hakmem::bench {

struct TrialResult {
  Metrics metrics;
  std::vector<RssSample> rss;
};

// Not thread-safe.
class Trials {
 public:
  // Programs' outputs go to a file in `directory`, which must exist.
  explicit Trials(std::string directory) : directory_(std::move(directory)) {}

  // Runs a program's row once under the system's allocator, unmeasured: it warms the page cache,
  // and its output is the one that all others must equal. A worker needs no such run.
  absl::Status Prepare(const Row& row);

  // An error says why there is no figure: the process failed, the preload had no effect, or the
  // output is another than under the system's allocator.
  absl::StatusOr<TrialResult> Run(const Row& row, const Allocator& allocator);

 private:
  absl::StatusOr<TrialResult> ReadProgram(const Row& row, const Allocator& allocator,
                                          ProcessResult process) const;
  ProcessSpec SpecOf(const Row& row, const Allocator& allocator) const;
  std::string OutputFile() const { return directory_ + "/output"; }

  std::string directory_;
  std::map<std::string, std::string> outputs_;  // row name -> checksum under the system's allocator
};

// A checksum of a file's contents, with its length; empty when it can't be read.
std::string FileChecksum(const std::string& path);

}  // namespace hakmem::bench

#endif  // BENCH_COMPARE_TRIAL_H_
