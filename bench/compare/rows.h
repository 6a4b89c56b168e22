// The rows of a comparison: what each runs, before it is known under which allocator.
#ifndef BENCH_COMPARE_ROWS_H_
#define BENCH_COMPARE_ROWS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/compare/measured_process.h"

namespace hakmem::bench {

// The groups of rows, as Row::group and the JSON have them.
inline constexpr char kSyntheticGroup[] = "synthetic";  // the process is a worker that reports
inline constexpr char kProgramGroup[] = "program";

struct Row {
  std::string name;   // on the command line
  std::string title;  // in tables
  std::string group;
  std::string memory = "peak RSS";
  double expected_seconds = 1;
  ProcessSpec process;  // without a preload
  // What to preload for the system's allocator: nothing, but for a program that is linked with
  // another one.
  std::string system_preload;
  // Why it can't run here, such as a program that is not installed. Else empty.
  std::string missing;
};

// How much work the rows do.
struct RowOptions {
  double scale = 1;         // of the synthetic workloads' operations
  bool self_check = false;  // of the synthetic workloads' blocks
  bool quick = false;       // less work, shorter waits, smaller inputs
  // The worker programs, name -> path: "larson_worker" and so on. A row whose worker is not among
  // them can't be started.
  std::map<std::string, std::string> workers = {};
};

// The names of all worker programs that rows need.
std::vector<std::string> WorkerNames();

// The rows of synthetic workloads.
std::vector<Row> SyntheticRows(const RowOptions& options);

// Those of `rows` whose name matches the whole of one of `patterns` (regular expressions), in their
// own order; all when there are none. A pattern that is malformed or matches no row is an error.
absl::StatusOr<std::vector<Row>> SelectRows(const std::vector<Row>& rows,
                                            const std::vector<std::string>& patterns);

// A line for each row that can't run here.
std::string FormatMissing(const std::vector<Row>& rows);

// The rows by name and title, a line each, with what is missing.
std::string FormatRowList(const std::vector<Row>& rows);

}  // namespace hakmem::bench

#endif  // BENCH_COMPARE_ROWS_H_
