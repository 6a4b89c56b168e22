#include "bench/harness/micro_report.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/harness/stats.h"
#include "bench/harness/table.h"

namespace hakmem::bench {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double MedianOver(const Cell& cell, const MicroRow& row) {
  std::vector<double> values;
  for (const Metrics& metrics : cell.rounds) {
    const double value = row.value(metrics);
    if (!std::isnan(value)) values.push_back(value);
  }
  return values.empty() || !cell.failure.empty() ? kNaN : Summarize(std::move(values)).median;
}

}  // namespace

double MicroCounter(const Metrics& metrics, std::string_view counter, std::string_view benchmark) {
  const auto found = metrics.values.find(std::string(counter) + ":" + std::string(benchmark));
  return found == metrics.values.end() ? kNaN : found->second;
}

MicroRow CounterRow(std::string title, std::string counter, std::string benchmark) {
  return {
      .title = std::move(title),
      .value = [counter = std::move(counter), benchmark = std::move(benchmark)](
                   const Metrics& metrics) { return MicroCounter(metrics, counter, benchmark); }};
}

std::string FormatMicroTable(const MicroTable& table, const std::vector<Allocator>& allocators,
                             const std::vector<Cell>& cells) {
  std::vector<Table::Column> columns = {{table.title, Table::Align::kLeft}};
  for (const Allocator& allocator : allocators) columns.push_back({allocator.title + " "});
  Table text(std::move(columns));
  bool any = false;
  for (const MicroRow& row : table.rows) {
    std::vector<double> medians;
    for (const Cell& cell : cells) medians.push_back(MedianOver(cell, row));
    double least = std::numeric_limits<double>::infinity();
    for (const double median : medians) least = std::fmin(least, median);  // skips NaN
    if (std::isinf(least)) continue;
    any = true;
    std::vector<std::string> texts = {row.title};
    for (const double median : medians) {
      const bool mark = table.mark_least && median == least;
      texts.push_back(std::isnan(median)
                          ? "- "
                          : absl::StrFormat("%.*f%s", table.decimals, median, mark ? "*" : " "));
    }
    text.AddRow(std::move(texts));
  }
  return any ? text.ToString() : "";
}

std::string FormatFailures(const std::vector<Allocator>& allocators,
                           const std::vector<Cell>& cells) {
  std::string text;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].failure.empty()) continue;
    absl::StrAppend(&text, "Failed: ", allocators[i].title, ": ", cells[i].failure, ".\n");
  }
  return text;
}

std::string DescribeCycles(const std::vector<Cell>& cells) {
  bool counted = false;
  for (const Cell& cell : cells) {
    for (const Metrics& metrics : cell.rounds) {
      for (const auto& [key, value] : metrics.values) {
        counted |= key.starts_with("counted:") && value != 0;
      }
    }
  }
  return counted ? "Cycles and instructions are the processor's own counts (perf_event_open), user "
                   "and kernel.\n"
                 : "Cycles are calibrated time (a chain of multiplications says how long a cycle "
                   "is): the\nkernel gives no hardware counters here. Instructions: n/a.\n";
}

}  // namespace hakmem::bench
