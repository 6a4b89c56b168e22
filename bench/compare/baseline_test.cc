#include "bench/compare/baseline.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "bench/compare/test_results.h"

namespace hakmem::bench {
namespace {

Results RunOf(const std::vector<double>& hakmem, const std::vector<double>& system) {
  Results results = TestResults();
  results.rows = {TestRow("row", {hakmem, hakmem, system})};
  return results;
}

bool Regressed(const Results& then, const Results& now) {
  const absl::StatusOr<std::vector<Change>> changes = CompareWithBaseline(then, now);
  EXPECT_TRUE(changes.ok()) << changes.status();
  return std::any_of(changes->begin(), changes->end(),
                     [](const Change& change) { return change.IsRegression(); });
}

TEST(BaselineTest, AQuietRunIsHeldToThreePercent) {
  const Results then = RunOf({1, 1, 1}, {1, 1, 1});
  EXPECT_FALSE(Regressed(then, RunOf({1.02, 1.02, 1.02}, {1, 1, 1})));
  EXPECT_TRUE(Regressed(then, RunOf({1.04, 1.04, 1.04}, {1, 1, 1})));
  EXPECT_FALSE(Regressed(then, RunOf({0.5, 0.5, 0.5}, {1, 1, 1})));
}

TEST(BaselineTest, NoiseOfEitherRunWidensTheLimit) {
  const Results quiet = RunOf({1, 1, 1}, {1, 1, 1});
  // Noise 0.0148 + 0, so the limit is 1.0445.
  EXPECT_FALSE(Regressed(RunOf({0.99, 1, 1.01}, {1, 1, 1}), RunOf({1.04, 1.04, 1.04}, {1, 1, 1})));
  EXPECT_TRUE(Regressed(RunOf({0.99, 1, 1.01}, {1, 1, 1}), RunOf({1.05, 1.05, 1.05}, {1, 1, 1})));
  EXPECT_FALSE(Regressed(quiet, RunOf({1.0, 1.1, 1.2}, {1, 1, 1})));
}

TEST(BaselineTest, PeersAreNotJudged) {
  EXPECT_FALSE(Regressed(RunOf({1, 1, 1}, {1, 1, 1}), RunOf({1, 1, 1}, {2, 2, 2})));
}

TEST(BaselineTest, ACellThatFailsNowIsARegression) {
  Results now = RunOf({1, 1, 1}, {1, 1, 1});
  now.rows[0].cells[0].failure = "signal 11";
  EXPECT_TRUE(Regressed(RunOf({1, 1, 1}, {1, 1, 1}), now));
}

TEST(BaselineTest, NamesTheRegression) {
  const auto changes =
      CompareWithBaseline(RunOf({1, 1, 1}, {1, 1, 1}), RunOf({1.5, 1.5, 1.5}, {1, 1, 1}));
  ASSERT_TRUE(changes.ok());
  EXPECT_EQ(FormatChanges(*changes),
            "Regression: row, hakmem, time: 1.500 times the baseline's, limit 1.030\n"
            "Regression: row, hakmem, memory: 1.500 times the baseline's, limit 1.030\n"
            "Regression: row, hakmem_header, time: 1.500 times the baseline's, limit 1.030\n"
            "Regression: row, hakmem_header, memory: 1.500 times the baseline's, limit 1.030\n"
            "Against the baseline: 4 figures, 4 regressions.\n");
}

TEST(BaselineTest, RefusesRunsThatCannotBeCompared) {
  const Results run = RunOf({1, 1, 1}, {1, 1, 1});
  Results other = run;
  other.quick = true;
  EXPECT_FALSE(CompareWithBaseline(other, run).ok());
  other = run;
  other.rounds = 2;
  EXPECT_FALSE(CompareWithBaseline(run, other).ok());
  other = run;
  other.rows[0].name = "another";
  EXPECT_FALSE(CompareWithBaseline(run, other).ok());
}

}  // namespace
}  // namespace hakmem::bench
