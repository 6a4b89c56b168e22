#include "bench/compare/tables.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/compare/summary.h"
#include "bench/harness/table.h"

namespace hakmem::bench {
namespace {

using Lines = std::vector<std::vector<std::string>>;

constexpr char kNone[] = "-";

// A median, shown with `decimals` after division by `unit`.
struct Column {
  const char* header;
  const char* key;
  double unit;
  int decimals;
};
constexpr Column kColumns[] = {
    {"user s", "user_seconds", 1, 2},     {"system s", "system_seconds", 1, 2},
    {"walk s", "walk_seconds", 1, 3},     {"faults", "minor_faults", 1, 0},
    {"M instr.", "instructions", 1e6, 0}, {"k dTLB misses", "dtlb_misses", 1e3, 0},
};

// Those of kColumns that some cell of `row` has.
std::vector<Column> ColumnsOf(const RowResult& row) {
  std::vector<Column> columns;
  for (const Column& column : kColumns) {
    if (std::any_of(row.cells.begin(), row.cells.end(), [&column](const CellResult& cell) {
          return MedianOf(cell, column.key).has_value();
        })) {
      columns.push_back(column);
    }
  }
  return columns;
}

std::string FormatMedian(const CellResult& cell, const Column& column) {
  const std::optional<double> median = MedianOf(cell, column.key);
  return median.has_value() ? absl::StrFormat("%.*f", column.decimals, *median / column.unit)
                            : kNone;
}

std::vector<std::string> FormatCell(const Allocator& allocator, const CellResult& cell,
                                    std::optional<double> time_ratio,
                                    std::optional<double> memory_ratio,
                                    const std::vector<Column>& columns) {
  const std::optional<Summary> time = Summarize(cell, Measure::kTime);
  const std::optional<Summary> memory = Summarize(cell, Measure::kMemory);
  if (!time.has_value() || !memory.has_value()) return {allocator.title, "failed"};
  std::vector<std::string> line = {allocator.title,
                                   absl::StrFormat("%.3f", time->median),
                                   absl::StrFormat("%.3f..%.3f", time->min, time->max),
                                   FormatRatio(time_ratio),
                                   absl::StrFormat("%.1f", memory->median),
                                   FormatRatio(memory_ratio)};
  for (const Column& column : columns) line.push_back(FormatMedian(cell, column));
  return line;
}

// Our first allocator; nothing when there is none.
std::optional<size_t> OurFirst(const Results& results) {
  for (size_t i = 0; i < results.allocators.size(); ++i) {
    if (IsOurs(results.allocators[i])) return i;
  }
  return std::nullopt;
}

std::vector<std::string> StandingCells(const Results& results, const RowResult& row, size_t ours,
                                       Measure measure, double limit) {
  const std::optional<Standing> standing = StandingOf(results, row, ours, measure);
  if (!standing.has_value()) return {kNone, "", "", "", kNone};
  return {FormatRatio(standing->ratio), FormatRatio(standing->ratio_of_least),
          standing->noise.has_value() ? absl::StrFormat("%.0f", *standing->noise * 100) : kNone,
          standing->ratio > limit ? "<<" : "", standing->best->title};
}

// A line for each allocator: title, geometric means of time and of memory.
Lines MeanLines(const Results& results) {
  const auto time = GeometricMeans(results, Measure::kTime);
  const auto memory = GeometricMeans(results, Measure::kMemory);
  Lines lines;
  for (size_t i = 0; i < results.allocators.size(); ++i) {
    lines.push_back({results.allocators[i].title, FormatRatio(time[i]), FormatRatio(memory[i])});
  }
  return lines;
}

// A line for each row: name, and for time and for memory the ratios of medians and of minima, the
// noise, the mark and the best peer.
Lines StandingLines(const Results& results, size_t ours) {
  Lines lines;
  for (const RowResult& row : results.rows) {
    lines.push_back({row.name});
    for (const auto& [measure, limit] :
         {std::pair(Measure::kTime, kTimeLimit), std::pair(Measure::kMemory, kMemoryLimit)}) {
      for (std::string& cell : StandingCells(results, row, ours, measure, limit)) {
        lines.back().push_back(std::move(cell));
      }
    }
  }
  return lines;
}

std::string FormatLines(std::vector<Table::Column> columns, Lines lines) {
  Table table(std::move(columns));
  for (std::vector<std::string>& line : lines) table.AddRow(std::move(line));
  return table.ToString();
}

}  // namespace

std::string FormatRatio(std::optional<double> ratio) {
  return ratio.has_value() ? absl::StrFormat("%.2f", *ratio) : kNone;
}

std::string FormatRow(const Results& results, const RowResult& row) {
  const std::vector<Column> columns = ColumnsOf(row);
  std::vector<Table::Column> headers = {{"allocator", Table::Align::kLeft},
                                        {"time s"},
                                        {"min..max"},
                                        {"vs best"},
                                        {"MiB"},
                                        {"vs least"}};
  for (const Column& column : columns) headers.push_back({column.header});
  const auto time = RatiosToBest(row, Measure::kTime);
  const auto memory = RatiosToBest(row, Measure::kMemory);
  Lines lines;
  std::string failures;
  for (size_t i = 0; i < row.cells.size(); ++i) {
    const Allocator& allocator = results.allocators[i];
    lines.push_back(FormatCell(allocator, row.cells[i], time[i], memory[i], columns));
    if (row.cells[i].failure.empty()) continue;
    absl::StrAppend(&failures, "Failed: ", allocator.title, ": ", row.cells[i].failure, ".\n");
  }
  return absl::StrCat(row.name, ": ", row.title, " (MiB: ", row.memory, ")\n",
                      FormatLines(std::move(headers), std::move(lines)), failures);
}

std::string FormatSummary(const Results& results) {
  std::string text = absl::StrCat(
      "Geometric means over ", results.rows.size(), " rows of the ratio to the row's best:\n",
      FormatLines({{"allocator", Table::Align::kLeft}, {"time"}, {"memory"}}, MeanLines(results)));
  const std::optional<size_t> ours = OurFirst(results);
  if (!ours.has_value()) return text;
  absl::StrAppend(
      &text, "\n", results.allocators[*ours].title,
      absl::StrFormat(" against the best peer of each row; << marks time above %.2f and memory "
                      "above %.2f:\n",
                      kTimeLimit, kMemoryLimit),
      FormatLines({{"row", Table::Align::kLeft},
                   {"time"},
                   {"min"},
                   {"+-%"},
                   {"", Table::Align::kLeft},
                   {"best peer", Table::Align::kLeft},
                   {"memory"},
                   {"min"},
                   {"+-%"},
                   {"", Table::Align::kLeft},
                   {"least peer", Table::Align::kLeft}},
                  StandingLines(results, *ours)));
  return text;
}

}  // namespace hakmem::bench
