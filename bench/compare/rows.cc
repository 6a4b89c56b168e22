#include "bench/compare/rows.h"

#include <algorithm>
#include <cstdint>
#include <regex>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "bench/compare/workloads/workload.h"

namespace hakmem::bench {
namespace {

constexpr double kQuickScale = 0.3;
constexpr double kSampleSeconds = 0.01;
constexpr double kTimeoutSeconds = 120;
constexpr double kShortWait = 1;
constexpr double kLongWait = 10;
constexpr char kIdle[] = "idle";
constexpr char kCompareWorker[] = "compare_worker";

double ScaleOf(const RowOptions& options) {
  return options.quick ? options.scale * kQuickScale : options.scale;
}

std::string WorkerPath(const RowOptions& options, const std::string& name) {
  const auto found = options.workers.find(name);
  return found == options.workers.end() ? "" : found->second;
}

Row WorkerRow(const SyntheticWorkload& workload, const RowOptions& options) {
  Row row;
  row.name = std::string(workload.name);
  row.title = std::string(workload.title);
  row.group = kSyntheticGroup;
  row.expected_seconds = workload.seconds * ScaleOf(options);
  row.process.program = WorkerPath(options, kCompareWorker);
  row.process.arguments = {row.name, absl::StrFormat("--scale=%g", ScaleOf(options))};
  if (options.self_check) row.process.arguments.push_back("--self_check");
  row.process.timeout_seconds = kTimeoutSeconds;
  if (workload.rss_over_time) row.process.sample_seconds = kSampleSeconds;
  return row;
}

// `row`, which idles, with a wait of `seconds`.
Row WithWait(Row row, double seconds) {
  row.name = absl::StrFormat("%s_%gs", row.name, seconds);
  row.memory = absl::StrFormat("RSS %g s after the peak was freed", seconds);
  row.expected_seconds += seconds;
  row.process.arguments.push_back(absl::StrFormat("--wait=%g", seconds));
  return row;
}

// A row of a benchmark with a worker of its own. In its arguments {operations} stands for
// `operations` times the scale, {check} for whether contents are checked.
struct OwnWorker {
  const char* name;
  const char* title;
  const char* worker;
  double operations;  // of a thread
  const char* arguments;
  const char* self_check = "";  // a further argument for it
};

constexpr OwnWorker kOwnWorkers[] = {
    {"larson", "larson, 8-1000 bytes, 2 threads", "larson_worker", 20e6,
     "1 8 1000 5000 100 1 2 --ops={operations}", "--self_check"},
    {"random_mixed", "random_mixed, 16-4096 bytes, 2 threads", "random_mixed_worker", 15e6,
     "{operations} 16 4096 1 2 8192 {check}"},
    {"producer_consumer", "1 producer, 1 consumer, 16-1024 bytes", "producer_consumer_worker", 6e6,
     "1 1 {operations} 16 1024 1024 1 {check}"},
    {"producers_consumer", "3 producers, 1 consumer, 16-1024 bytes", "producer_consumer_worker",
     2e6, "3 1 {operations} 16 1024 1024 1 {check}"},
};

Row OwnWorkerRow(const OwnWorker& own, const RowOptions& options) {
  Row row;
  row.name = own.name;
  row.title = own.title;
  row.group = kSyntheticGroup;
  row.expected_seconds = ScaleOf(options);
  row.process.program = WorkerPath(options, own.worker);
  const auto operations = static_cast<uint64_t>(own.operations * ScaleOf(options));
  const std::string arguments = absl::StrReplaceAll(
      own.arguments, {{"{operations}", absl::StrCat(std::max<uint64_t>(1, operations))},
                      {"{check}", options.self_check ? "1" : "0"}});
  row.process.arguments = absl::StrSplit(arguments, ' ');
  if (options.self_check && own.self_check[0] != '\0') {
    row.process.arguments.push_back(own.self_check);
  }
  row.process.timeout_seconds = kTimeoutSeconds;
  return row;
}

}  // namespace

std::vector<std::string> WorkerNames() {
  std::vector<std::string> names = {kCompareWorker};
  for (const OwnWorker& own : kOwnWorkers) names.push_back(own.worker);
  return names;
}

std::vector<Row> SyntheticRows(const RowOptions& options) {
  std::vector<Row> rows;
  for (const OwnWorker& own : kOwnWorkers) rows.push_back(OwnWorkerRow(own, options));
  for (const SyntheticWorkload& workload : SyntheticWorkloads()) {
    Row row = WorkerRow(workload, options);
    if (workload.name != kIdle) {
      rows.push_back(row);
      continue;
    }
    rows.push_back(WithWait(row, kShortWait));
    if (!options.quick) rows.push_back(WithWait(row, kLongWait));
  }
  return rows;
}

absl::StatusOr<std::vector<Row>> SelectRows(const std::vector<Row>& rows,
                                            const std::vector<std::string>& patterns) {
  if (patterns.empty()) return rows;
  std::vector<bool> chosen(rows.size(), false);
  for (const std::string& pattern : patterns) {
    std::regex expression;
    // The library reports what is wrong by exceptions only.
    try {
      expression.assign(pattern);
    } catch (const std::regex_error& error) {
      return absl::InvalidArgumentError(absl::StrCat("\"", pattern, "\": ", error.what()));
    }
    bool matched = false;
    for (size_t i = 0; i < rows.size(); ++i) {
      if (!std::regex_match(rows[i].name, expression)) continue;
      chosen[i] = matched = true;
    }
    if (!matched) return absl::NotFoundError(absl::StrCat("no row \"", pattern, "\"; see --list"));
  }
  std::vector<Row> selected;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (chosen[i]) selected.push_back(rows[i]);
  }
  return selected;
}

std::string FormatMissing(const std::vector<Row>& rows) {
  std::string text;
  for (const Row& row : rows) {
    if (row.missing.empty()) continue;
    absl::StrAppend(&text, "  skipped: ", row.name, " (", row.missing, " is not installed)\n");
  }
  return text;
}

std::string FormatRowList(const std::vector<Row>& rows) {
  std::string text;
  for (const Row& row : rows) {
    absl::StrAppend(
        &text, absl::StrFormat("%-18s %s", row.name, row.title),
        row.missing.empty() ? "" : absl::StrCat(" (", row.missing, " is not installed)"), "\n");
  }
  return text;
}

}  // namespace hakmem::bench
