#include "bench/compare/baseline.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace hakmem::bench {
namespace {

constexpr double kSigmas = 3;
constexpr double kLeastLimit = 0.03;

const RowResult* FindRow(const Results& results, const std::string& name) {
  const auto found = std::find_if(results.rows.begin(), results.rows.end(),
                                  [&name](const RowResult& row) { return row.name == name; });
  return found == results.rows.end() ? nullptr : &*found;
}

const CellResult* FindCell(const Results& results, const RowResult& row, const std::string& key) {
  for (size_t i = 0; i < results.allocators.size(); ++i) {
    if (results.allocators[i].key == key) return &row.cells[i];
  }
  return nullptr;
}

double Median(const std::vector<double>& figures) { return Summarize(figures).median; }

Change MakeChange(const CellResult& then, const CellResult& now, Measure measure) {
  const std::vector<double> before = FiguresOf(then, measure);
  const std::vector<double> after = FiguresOf(now, measure);
  Change change = {.row = "", .allocator = "", .measure = measure, .ratio = INFINITY, .limit = 1};
  const double noise = RelativeNoise(before) + RelativeNoise(after);
  change.limit = 1 + std::max(kLeastLimit, kSigmas * noise);
  if (!after.empty()) change.ratio = Median(after) / Median(before);
  return change;
}

}  // namespace

absl::Status CheckComparable(const Results& then, bool quick, size_t rounds) {
  if (then.quick != quick) {
    return absl::InvalidArgumentError("one run is quick and the other is not");
  }
  if (std::min(then.rounds, rounds) < kLeastRounds) {
    return absl::InvalidArgumentError(absl::StrCat("noise is known from ", kLeastRounds,
                                                   " rounds on; the baseline has ", then.rounds,
                                                   ", this run ", rounds));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Change>> CompareWithBaseline(const Results& then, const Results& now) {
  const absl::Status comparable = CheckComparable(then, now.quick, now.rounds);
  if (!comparable.ok()) return comparable;
  std::vector<Change> changes;
  for (const RowResult& row : now.rows) {
    const RowResult* old_row = FindRow(then, row.name);
    if (old_row == nullptr) continue;
    for (size_t i = 0; i < row.cells.size(); ++i) {
      const std::string& key = now.allocators[i].key;
      const CellResult* old_cell = FindCell(then, *old_row, key);
      if (!IsOurs(now.allocators[i]) || old_cell == nullptr || !old_cell->failure.empty()) continue;
      for (const Measure measure : {Measure::kTime, Measure::kMemory}) {
        changes.push_back(MakeChange(*old_cell, row.cells[i], measure));
        changes.back().row = row.name;
        changes.back().allocator = key;
      }
    }
  }
  if (changes.empty()) return absl::InvalidArgumentError("the runs have no row in common");
  return changes;
}

std::string FormatChanges(const std::vector<Change>& changes) {
  std::string text;
  size_t regressions = 0;
  for (const Change& change : changes) {
    if (!change.IsRegression()) continue;
    ++regressions;
    absl::StrAppend(
        &text, "Regression: ", change.row, ", ", change.allocator, ", ",
        change.measure == Measure::kTime ? "time" : "memory",
        absl::StrFormat(": %.3f times the baseline's, limit %.3f\n", change.ratio, change.limit));
  }
  return absl::StrCat(text, "Against the baseline: ", changes.size(), " figures, ", regressions,
                      " regressions.\n");
}

}  // namespace hakmem::bench
