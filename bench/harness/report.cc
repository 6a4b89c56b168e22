#include "bench/harness/report.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "bench/harness/stats.h"
#include "bench/harness/table.h"

namespace hakmem::bench {
namespace {

// One allocator's figures, summarized.
struct Row {
  const Allocator* allocator;
  const Cell* cell;
  Summary speed;   // million operations a second
  Summary memory;  // MiB
};

// The rows that others are measured against; nullptr when no row has figures.
struct Marks {
  const Row* system = nullptr;
  const Row* fastest = nullptr;
  const Row* smallest = nullptr;
};

Summary SummarizeOver(const Cell& cell, const std::function<double(const Metrics&)>& value) {
  std::vector<double> values;
  for (const Metrics& metrics : cell.rounds) values.push_back(value(metrics));
  return Summarize(std::move(values));
}

std::vector<Row> MakeRows(const std::vector<Allocator>& allocators,
                          const std::vector<Cell>& cells) {
  std::vector<Row> rows;
  for (size_t i = 0; i < allocators.size(); ++i) {
    rows.push_back({.allocator = &allocators[i],
                    .cell = &cells[i],
                    .speed = SummarizeOver(cells[i], &Metrics::MillionOpsPerSecond),
                    .memory = SummarizeOver(cells[i], &Metrics::PeakRssMib)});
  }
  return rows;
}

bool HasFigures(const Row& row) { return row.cell->failure.empty() && !row.cell->rounds.empty(); }

Marks FindMarks(const std::vector<Row>& rows) {
  Marks marks;
  for (const Row& row : rows) {
    if (!HasFigures(row)) continue;
    if (row.allocator->key == kSystemKey) marks.system = &row;
    if (marks.fastest == nullptr || row.speed.median > marks.fastest->speed.median) {
      marks.fastest = &row;
    }
    if (marks.smallest == nullptr || row.memory.median < marks.smallest->memory.median) {
      marks.smallest = &row;
    }
  }
  return marks;
}

// A space where there is no mark, so that numbers stay aligned.
const char* Mark(bool best) { return best ? "*" : " "; }

std::vector<std::string> FormatRow(const Row& row, const Marks& marks,
                                   const std::vector<ExtraColumn>& extra) {
  if (!HasFigures(row)) {
    const std::string& failure = row.cell->failure;
    return {row.allocator->title, "-", failure.empty() ? "not run" : "failed"};
  }
  std::vector<std::string> cells = {
      row.allocator->title,
      absl::StrFormat("%.2f%s", row.speed.median, Mark(&row == marks.fastest)),
      absl::StrFormat("%.2f..%.2f", row.speed.min, row.speed.max),
      marks.system == nullptr
          ? "-"
          : absl::StrFormat("%.2f", row.speed.median / marks.system->speed.median),
      absl::StrFormat("%.2f", row.speed.median / marks.fastest->speed.median),
      absl::StrFormat("%.2f%s", row.memory.median, Mark(&row == marks.smallest)),
      absl::StrFormat("%.2f", row.memory.median / marks.smallest->memory.median),
      absl::StrFormat("%.0f", SummarizeOver(*row.cell, &Metrics::CpuPercent).median)};
  for (const ExtraColumn& column : extra) {
    cells.push_back(
        absl::StrFormat("%.*f", column.decimals, SummarizeOver(*row.cell, column.value).median));
  }
  return cells;
}

std::string FormatBest(const std::vector<Row>& rows, const Marks& marks) {
  if (marks.fastest == nullptr) return "";
  std::vector<std::string> close;
  for (const Row& row : rows) {
    if (HasFigures(row) && &row != marks.fastest && row.speed.max >= marks.fastest->speed.min) {
      close.push_back(row.allocator->title);
    }
  }
  const std::string overlap =
      close.empty() ? "" : absl::StrCat(" (ranges overlap: ", absl::StrJoin(close, ", "), ")");
  return absl::StrCat("Fastest: ", marks.fastest->allocator->title, overlap,
                      ". Least memory: ", marks.smallest->allocator->title, ".\n");
}

}  // namespace

std::string FormatWorkload(const Workload& workload, const std::vector<Allocator>& allocators,
                           const std::vector<Cell>& cells, const std::vector<ExtraColumn>& extra) {
  const std::vector<Row> rows = MakeRows(allocators, cells);
  const Marks marks = FindMarks(rows);
  std::vector<Table::Column> columns = {{"allocator", Table::Align::kLeft},
                                        {"M ops/s "},
                                        {"min..max"},
                                        {"vs system"},
                                        {"vs best"},
                                        {"peak MiB "},
                                        {"vs least"},
                                        {"CPU %"}};
  for (const ExtraColumn& column : extra) columns.push_back({column.header});
  Table table(std::move(columns));
  for (const Row& row : rows) table.AddRow(FormatRow(row, marks, extra));
  std::string text = absl::StrCat(workload.title, "\n", table.ToString(), FormatBest(rows, marks));
  for (const Row& row : rows) {
    if (row.cell->failure.empty()) continue;
    absl::StrAppend(&text, "Failed: ", row.allocator->title, ": ", row.cell->failure, ".\n");
  }
  return text;
}

std::string FormatWorkloads(const Comparison& comparison, const ResultGrid& grid) {
  std::string text;
  for (size_t i = 0; i < comparison.workloads.size(); ++i) {
    absl::StrAppend(&text, "\n",
                    FormatWorkload(comparison.workloads[i], comparison.allocators, grid[i], {}));
  }
  return absl::StrCat(text, "\n", FormatLegend());
}

std::string Plural(uint64_t count, const char* noun) {
  return absl::StrCat(count, " ", noun, count == 1 ? "" : "s");
}

std::string FormatLegend() {
  return "M ops/s: million operations a second (operations done over time taken), the median of\n"
         "the rounds; min..max is over the rounds; ratios are of medians. Peak MiB: the peak of\n"
         "resident memory of the process (VmHWM), the median. CPU %: processor time used, of what\n"
         "the threads could use at most; well below 100, other programs took the rest. An "
         "asterisk\n"
         "marks the best of a column.\n";
}

std::string FormatAllocators(const std::vector<Allocator>& allocators,
                             const std::vector<Peer>& missing) {
  size_t width = 0;
  for (const Allocator& allocator : allocators) width = std::max(width, allocator.title.size());
  std::string text;
  for (const Allocator& allocator : allocators) {
    const char* what = allocator.from_environment ? "LD_PRELOAD as it is" : "no preload";
    absl::StrAppend(&text, absl::StrFormat("  %-*s  %s\n", width, allocator.title,
                                           allocator.library.empty() ? what : allocator.library));
  }
  for (const Peer& peer : missing) {
    absl::StrAppend(&text, "  not installed: ", peer.title, " (Debian package ", peer.package,
                    ")\n");
  }
  return text;
}

}  // namespace hakmem::bench
