#include "bench/harness/table.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace hakmem::bench {
namespace {

constexpr size_t kGap = 2;  // spaces between columns

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::AddRow(std::vector<std::string> cells) {
  if (cells.size() > columns_.size()) abort();
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::string Table::FormatLine(const std::vector<std::string>& cells,
                              const std::vector<size_t>& widths) const {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line.append(kGap, ' ');
    const size_t padding = widths[i] - cells[i].size();
    if (columns_[i].align == Align::kRight) line.append(padding, ' ');
    line += cells[i];
    if (columns_[i].align == Align::kLeft) line.append(padding, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

std::string Table::ToString() const {
  std::vector<std::string> headers;
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    headers.push_back(columns_[i].header);
    widths.push_back(columns_[i].header.size());
    for (const auto& row : rows_) widths[i] = std::max(widths[i], row[i].size());
  }
  std::vector<std::string> rule;
  for (const size_t width : widths) rule.emplace_back(width, '-');
  std::string text = FormatLine(headers, widths) + FormatLine(rule, widths);
  for (const auto& row : rows_) text += FormatLine(row, widths);
  return text;
}

}  // namespace hakmem::bench
