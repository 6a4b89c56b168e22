// A comparison as JSON, for programs: every figure of every round.
//
//   {"program": "larson", "rounds": 5, "workloads": [
//     {"title": "...", "arguments": ["1","8",...], "allocators": [
//       {"key": "mimalloc", "title": "mimalloc", "library": "/...", "failure": "", "rounds": [
//         {"malloc_library": "/...", "operations": 1, "seconds": 1, ...}, ...]}]}]}
#ifndef BENCH_HARNESS_JSON_REPORT_H_
#define BENCH_HARNESS_JSON_REPORT_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "bench/harness/comparison.h"

namespace hakmem::bench {

// `grid` must be of `comparison`. Ends with a newline.
std::string FormatJson(std::string_view program, const Comparison& comparison,
                       const ResultGrid& grid);

// `text` in quotes, escaped as RFC 8259 asks. Bytes from 0x80 pass unchanged, as UTF-8.
std::string JsonString(std::string_view text);

// Writes `text` to the file `path`, replacing it.
absl::Status WriteFile(const std::string& path, std::string_view text);

}  // namespace hakmem::bench

#endif  // BENCH_HARNESS_JSON_REPORT_H_
