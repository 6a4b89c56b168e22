#include "bench/harness/metrics.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace hakmem::bench {
namespace {

// Last in the report, since a path may hold anything.
constexpr std::string_view kLibraryKey = "malloc_library=";

}  // namespace

double Metrics::Get(std::string_view key) const {
  const auto found = values.find(std::string(key));
  return found == values.end() ? 0 : found->second;
}

absl::StatusOr<Metrics> ParseReport(std::string_view report) {
  Metrics metrics;
  const size_t library = report.find(kLibraryKey);
  if (library == std::string_view::npos)
    return absl::DataLossError("report without malloc_library");
  metrics.malloc_library = std::string(report.substr(library + kLibraryKey.size()));
  const std::string pairs(report.substr(0, library));
  for (const absl::string_view pair : absl::StrSplit(pairs, ' ', absl::SkipEmpty())) {
    const std::vector<std::string> parts = absl::StrSplit(pair, absl::MaxSplits('=', 1));
    double value = 0;
    if (parts.size() != 2 || parts[0].empty() || !absl::SimpleAtod(parts[1], &value)) {
      return absl::DataLossError(absl::StrCat("malformed in report: \"", pair, "\""));
    }
    metrics.values[parts[0]] = value;
  }
  if (metrics.values.count("operations") == 0 || !(metrics.Get("seconds") > 0) ||
      !(metrics.Get("threads") > 0)) {
    return absl::DataLossError(
        absl::StrCat("report without operations, seconds or threads: ", std::string(report)));
  }
  return metrics;
}

}  // namespace hakmem::bench
