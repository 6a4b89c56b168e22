#include "bench/compare/charts.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "bench/compare/svg.h"
#include "bench/compare/tables.h"

namespace hakmem::bench {
namespace {

// Colours that differ for colour-blind readers too (Okabe and Ito, 2008), ours first.
constexpr const char* kColors[] = {"#d55e00", "#e69f00", "#666666", "#0072b2",
                                   "#009e73", "#cc79a7", "#56b4e9", "#000000"};
constexpr char kGrid[] = "#dddddd";
constexpr double kWidth = 900;
constexpr double kLabelWidth = 150;  // of names at the left
constexpr double kValueWidth = 60;   // of values at the right
constexpr double kLineHeight = 22;
constexpr double kLegendWidth = 124;  // of an allocator
constexpr double kTextDrop = 4;       // from a line's middle to its text's baseline
constexpr double kAxisHeight = 24;
constexpr double kRssHeight = 260;
constexpr double kRatioTicks[] = {1, 1.1, 1.25, 1.5, 2, 3, 4, 6, 8, 12, 16};
constexpr double kLargestRatio = 16;

double PlotWidth() { return kWidth - kLabelWidth - kValueWidth; }

// A round step that divides `range` into five parts or a few more.
double TickStep(double range) {
  const double power = std::pow(10, std::floor(std::log10(range / 5)));
  for (const double factor : {5.0, 2.0}) {
    if (range / 5 >= factor * power) return factor * power;
  }
  return power;
}

double XOfRatio(double ratio) {
  return kLabelWidth + PlotWidth() * std::log(ratio) / std::log(kLargestRatio);
}

// The dots of one row at height `y`, and at the axis' end the values of those beyond it.
void DrawRatios(const Results& results, const std::vector<std::optional<double>>& ratios, double y,
                Svg* svg) {
  std::vector<std::string> beyond;
  // Backwards, so that ours lie on top.
  for (size_t a = ratios.size(); a-- > 0;) {
    if (!ratios[a].has_value()) continue;
    const double x = XOfRatio(std::min(*ratios[a], kLargestRatio));
    svg->Circle({x, y}, a == 0 ? 6 : 4.5, ColorOf(a),
                absl::StrCat(results.allocators[a].title, ": ", FormatRatio(ratios[a])));
    if (*ratios[a] > kLargestRatio) beyond.push_back(absl::StrFormat("%.0f", *ratios[a]));
  }
  if (beyond.empty()) return;
  svg->Text({XOfRatio(kLargestRatio) + 9, y + kTextDrop}, absl::StrJoin(beyond, ", "),
            Anchor::kStart);
}

double RatioChartHeight(const Results& results) {
  return kAxisHeight + kLineHeight * static_cast<double>(results.rows.size()) + 4;
}

Svg DrawRatioChart(const Results& results, Measure measure) {
  const double bottom = RatioChartHeight(results) - 4;
  Svg svg(kWidth, RatioChartHeight(results));
  for (const double tick : kRatioTicks) {
    svg.Line({XOfRatio(tick), kAxisHeight - 6}, {XOfRatio(tick), bottom}, kGrid);
    svg.Text({XOfRatio(tick), kAxisHeight - 10}, absl::StrFormat("%g", tick), Anchor::kMiddle);
  }
  for (size_t i = 0; i < results.rows.size(); ++i) {
    const double y = kAxisHeight + kLineHeight * (static_cast<double>(i) + 0.5);
    svg.Line({kLabelWidth, y}, {kLabelWidth + PlotWidth(), y}, kGrid);
    svg.Text({kLabelWidth - 10, y + kTextDrop}, results.rows[i].name, Anchor::kEnd);
    DrawRatios(results, RatiosToBest(results.rows[i], measure), y, &svg);
  }
  return svg;
}

}  // namespace

std::string ColorOf(size_t allocator) { return kColors[allocator % std::size(kColors)]; }

std::string MeanChart(const Results& results, Measure measure) {
  const std::vector<std::optional<double>> means = GeometricMeans(results, measure);
  double largest = 1;
  for (const std::optional<double>& mean : means) largest = std::max(largest, mean.value_or(1));
  Svg svg(kWidth, kLineHeight * static_cast<double>(means.size()) + 4);
  for (size_t i = 0; i < means.size(); ++i) {
    const double top = kLineHeight * static_cast<double>(i) + 2;
    const double baseline = top + kLineHeight / 2 + kTextDrop;
    svg.Text({kLabelWidth - 8, baseline}, results.allocators[i].title, Anchor::kEnd);
    if (!means[i].has_value()) continue;
    const double length = PlotWidth() * *means[i] / largest;
    svg.Rectangle({kLabelWidth, top + 2}, length, kLineHeight - 4, ColorOf(i),
                  results.allocators[i].title);
    svg.Text({kLabelWidth + length + 6, baseline}, FormatRatio(means[i]), Anchor::kStart);
  }
  return svg.ToString();
}

std::string RatioChart(const Results& results, Measure measure) {
  return DrawRatioChart(results, measure).ToString();
}

std::string RatioPicture(const Results& results) {
  const double chart = RatioChartHeight(results);
  Svg svg(kWidth, 3 * kLineHeight + 2 * chart);
  svg.Rectangle({0, 0}, kWidth, 3 * kLineHeight + 2 * chart, "#ffffff", "");
  double x = 12;
  for (size_t a = 0; a < results.allocators.size(); ++a, x += kLegendWidth) {
    svg.Circle({x, kLineHeight / 2}, 5, ColorOf(a), "");
    svg.Text({x + 9, kLineHeight / 2 + kTextDrop}, results.allocators[a].title, Anchor::kStart);
  }
  double y = kLineHeight;
  for (const auto& [measure, title] : {std::pair(Measure::kTime, "time / best of the row"),
                                       std::pair(Measure::kMemory, "memory / least of the row")}) {
    svg.Text({kLabelWidth, y + kLineHeight / 2 + kTextDrop}, title, Anchor::kStart);
    svg.Picture({0, y + kLineHeight}, DrawRatioChart(results, measure));
    y += kLineHeight + chart;
  }
  return svg.ToString();
}

std::string RssChart(const Results& results, const RowResult& row) {
  double seconds = 0;
  double mib = 0;
  for (const CellResult& cell : row.cells) {
    for (const RssSample& sample : cell.rss) {
      seconds = std::max(seconds, sample.first);
      mib = std::max(mib, sample.second);
    }
  }
  if (seconds <= 0 || mib <= 0) return "";
  const double bottom = kRssHeight - kAxisHeight;
  const auto place = [&](double x, double y) {
    return Svg::Point{kLabelWidth + PlotWidth() * x / seconds, bottom - (bottom - 10) * y / mib};
  };
  Svg svg(kWidth, kRssHeight);
  for (double y = 0; y <= mib; y += TickStep(mib)) {
    svg.Line(place(0, y), place(seconds, y), kGrid);
    svg.Text({kLabelWidth - 8, place(0, y).second + kTextDrop}, absl::StrFormat("%g MiB", y),
             Anchor::kEnd);
  }
  for (double x = 0; x <= seconds; x += TickStep(seconds)) {
    svg.Text({place(x, 0).first, kRssHeight - 8}, absl::StrFormat("%g s", x), Anchor::kMiddle);
  }
  for (size_t a = row.cells.size(); a-- > 0;) {
    std::vector<Svg::Point> points;
    for (const RssSample& sample : row.cells[a].rss) {
      points.push_back(place(sample.first, sample.second));
    }
    if (!points.empty()) svg.PolyLine(points, ColorOf(a), results.allocators[a].title);
  }
  return svg.ToString();
}

}  // namespace hakmem::bench
