#include "bench/compare/summary.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hakmem::bench {
namespace {

constexpr double kKibOfMib = 1024;
constexpr double kSigmaOfMad = 1.4826;

double Value(const std::map<std::string, double>& round, const char* key) {
  const auto found = round.find(key);
  return found == round.end() ? 0 : found->second;
}

}  // namespace

double FigureOf(const std::map<std::string, double>& round, Measure measure) {
  if (measure == Measure::kTime) return Value(round, "seconds");
  return Value(round, round.count("settled_rss_kib") != 0 ? "settled_rss_kib" : "peak_rss_kib") /
         kKibOfMib;
}

std::vector<double> FiguresOf(const CellResult& cell, Measure measure) {
  std::vector<double> figures;
  if (!cell.failure.empty()) return figures;
  for (const auto& round : cell.rounds) figures.push_back(FigureOf(round, measure));
  return figures;
}

std::optional<Summary> Summarize(const CellResult& cell, Measure measure) {
  std::vector<double> figures = FiguresOf(cell, measure);
  if (figures.empty()) return std::nullopt;
  return Summarize(std::move(figures));
}

double RelativeNoise(const std::vector<double>& figures) {
  const double median = Summarize(figures).median;
  if (median == 0) return 0;
  std::vector<double> deviations;
  for (const double figure : figures) deviations.push_back(std::fabs(figure - median));
  return kSigmaOfMad * Summarize(std::move(deviations)).median / median;
}

std::optional<double> MedianOf(const CellResult& cell, std::string_view key) {
  std::vector<double> values;
  for (const auto& round : cell.rounds) {
    const auto found = round.find(std::string(key));
    if (found != round.end()) values.push_back(found->second);
  }
  if (values.empty()) return std::nullopt;
  return Summarize(std::move(values)).median;
}

std::vector<std::optional<double>> RatiosToBest(const RowResult& row, Measure measure) {
  std::vector<std::optional<double>> ratios;
  double best = INFINITY;
  for (const CellResult& cell : row.cells) {
    const std::optional<Summary> summary = Summarize(cell, measure);
    ratios.push_back(summary.has_value() ? std::optional(summary->median) : std::nullopt);
    if (summary.has_value()) best = std::min(best, summary->median);
  }
  for (std::optional<double>& ratio : ratios) {
    if (ratio.has_value()) *ratio /= best;
  }
  return ratios;
}

std::vector<std::optional<double>> GeometricMeans(const Results& results, Measure measure) {
  const size_t count = results.allocators.size();
  std::vector<double> logarithms(count, 0);
  std::vector<size_t> rows(count, 0);
  for (const RowResult& row : results.rows) {
    const std::vector<std::optional<double>> ratios = RatiosToBest(row, measure);
    for (size_t i = 0; i < count; ++i) {
      if (!ratios[i].has_value()) continue;
      logarithms[i] += std::log(*ratios[i]);
      ++rows[i];
    }
  }
  std::vector<std::optional<double>> means(count);
  for (size_t i = 0; i < count; ++i) {
    if (rows[i] > 0) means[i] = std::exp(logarithms[i] / static_cast<double>(rows[i]));
  }
  return means;
}

bool IsOurs(const Allocator& allocator) { return allocator.key.rfind("hakmem", 0) == 0; }

std::optional<Standing> StandingOf(const Results& results, const RowResult& row, size_t allocator,
                                   Measure measure) {
  const std::vector<double> own = FiguresOf(row.cells[allocator], measure);
  std::optional<size_t> best;
  double least_median = INFINITY;
  double least = INFINITY;
  for (size_t i = 0; i < row.cells.size(); ++i) {
    const std::optional<Summary> other = Summarize(row.cells[i], measure);
    if (IsOurs(results.allocators[i]) || !other.has_value()) continue;
    least = std::min(least, other->min);
    if (other->median >= least_median) continue;
    least_median = other->median;
    best = i;
  }
  if (own.empty() || !best.has_value()) return std::nullopt;
  const std::vector<double> others = FiguresOf(row.cells[*best], measure);
  const Summary summary = Summarize(own);
  Standing standing = {.ratio = summary.median / least_median,
                       .ratio_of_least = summary.min / least,
                       .noise = std::nullopt,
                       .best = &results.allocators[*best]};
  if (std::min(own.size(), others.size()) >= kLeastRounds) {
    standing.noise = RelativeNoise(own) + RelativeNoise(others);
  }
  return standing;
}

}  // namespace hakmem::bench
