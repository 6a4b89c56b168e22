#include "bench/compare/html_report.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "bench/compare/charts.h"
#include "bench/compare/svg.h"
#include "bench/compare/tables.h"

namespace hakmem::bench {
namespace {

constexpr char kHead[] = R"(<!DOCTYPE html>
<html lang="en" xmlns="http://www.w3.org/1999/xhtml">
<head><meta charset="utf-8"/><title>hakmem: comparison</title>
<style>
body { font-family: sans-serif; color: #222; background: #fff; max-width: 960px; margin: 2em auto; }
pre { font-size: 12px; overflow-x: auto; }
.legend span { display: inline-block; margin-right: 1.2em; }
.legend i { display: inline-block; width: 0.9em; height: 0.9em; margin-right: 0.3em; }
</style></head>
<body>
)";

std::string Heading(const std::string& text) {
  return absl::StrCat("<h2>", EscapeXml(text), "</h2>\n");
}

std::string Paragraph(const std::string& text) {
  return absl::StrCat("<p>", EscapeXml(text), "</p>\n");
}

std::string Legend(const Results& results) {
  std::string text = "<p class=\"legend\">";
  for (size_t i = 0; i < results.allocators.size(); ++i) {
    absl::StrAppend(&text, "<span><i style=\"background:", ColorOf(i), "\"></i>",
                    EscapeXml(results.allocators[i].title), "</span>\n");
  }
  return text + "</p>\n";
}

std::string RssCharts(const Results& results) {
  std::string text;
  for (const RowResult& row : results.rows) {
    const std::string chart = RssChart(results, row);
    if (chart.empty()) continue;
    absl::StrAppend(&text, "<h3>", EscapeXml(row.name), "</h3>\n", Paragraph(row.title),
                    Legend(results), chart);
  }
  return text.empty() ? "" : Heading("Resident memory over time") + text;
}

std::string Tables(const Results& results) {
  std::string text;
  for (const RowResult& row : results.rows) {
    absl::StrAppend(&text, "<pre>", EscapeXml(FormatRow(results, row)), "</pre>\n");
  }
  return text;
}

}  // namespace

std::string FormatHtml(const Results& results) {
  const std::string run =
      absl::StrCat(results.date, ", ", results.machine, ", ", results.rounds, " rounds",
                   results.quick ? ", quick (less work than a full run)" : "", ".");
  return absl::StrCat(
      kHead, "<h1>Allocators compared</h1>\n", Paragraph(run),
      Paragraph("Medians of the rounds. A ratio is to the best of its row; 1 is the best, further "
                "right is worse. docs/benchmarks.md describes the rows."),
      Legend(results), Heading("Time, geometric mean of the ratios"),
      MeanChart(results, Measure::kTime), Heading("Memory, geometric mean of the ratios"),
      MeanChart(results, Measure::kMemory), Heading("Time, ratio to the best of each row"),
      Legend(results), RatioChart(results, Measure::kTime),
      Heading("Memory, ratio to the least of each row"), Legend(results),
      RatioChart(results, Measure::kMemory), RssCharts(results), Heading("Summary"), "<pre>",
      EscapeXml(FormatSummary(results)), "</pre>\n", Heading("All rows"), Tables(results),
      "</body>\n</html>\n");
}

}  // namespace hakmem::bench
