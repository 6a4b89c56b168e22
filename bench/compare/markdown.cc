#include "bench/compare/markdown.h"

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "bench/compare/summary.h"
#include "bench/compare/tables.h"

namespace hakmem::bench {
namespace {

using Lines = std::vector<std::vector<std::string>>;

std::string MarkdownLine(const std::vector<std::string>& cells) {
  return absl::StrCat("| ", absl::StrJoin(cells, " | "), " |\n");
}

// The first column is text, the others are numbers.
std::string MarkdownTable(const std::vector<std::string>& headers, const Lines& lines) {
  std::string text = MarkdownLine(headers) + "|---|";
  for (size_t i = 1; i < headers.size(); ++i) text += "---:|";
  text += "\n";
  for (const std::vector<std::string>& line : lines) text += MarkdownLine(line);
  return text;
}

// A line for each row with `measure`'s ratio to the best of each allocator.
Lines RatioLines(const Results& results, Measure measure) {
  Lines lines;
  for (const RowResult& row : results.rows) {
    lines.push_back({row.name});
    for (const std::optional<double>& ratio : RatiosToBest(row, measure)) {
      lines.back().push_back(FormatRatio(ratio));
    }
  }
  lines.push_back({"**geometric mean**"});
  for (const std::optional<double>& mean : GeometricMeans(results, measure)) {
    lines.back().push_back(absl::StrCat("**", FormatRatio(mean), "**"));
  }
  return lines;
}

}  // namespace

std::string FormatMarkdown(const Results& results) {
  std::vector<std::string> headers = {"row"};
  for (const Allocator& allocator : results.allocators) headers.push_back(allocator.title);
  return absl::StrCat(results.date, ", ", results.machine, ", ", results.rounds,
                      " rounds. Ratios of medians to the row's best.\n\nTime:\n\n",
                      MarkdownTable(headers, RatioLines(results, Measure::kTime)), "\nMemory:\n\n",
                      MarkdownTable(headers, RatioLines(results, Measure::kMemory)));
}

}  // namespace hakmem::bench
