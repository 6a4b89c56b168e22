#include "bench/compare/summary.h"

#include <gtest/gtest.h>

#include <cmath>

#include "bench/compare/test_results.h"

namespace hakmem::bench {
namespace {

TEST(FigureOfTest, MemoryIsTheSettledOneWhereThereIsOne) {
  EXPECT_EQ(FigureOf({{"seconds", 2}, {"peak_rss_kib", 2048}}, Measure::kTime), 2);
  EXPECT_EQ(FigureOf({{"seconds", 2}, {"peak_rss_kib", 2048}}, Measure::kMemory), 2);
  EXPECT_EQ(FigureOf({{"peak_rss_kib", 2048}, {"settled_rss_kib", 512}}, Measure::kMemory), 0.5);
}

TEST(RelativeNoiseTest, IsTheScaledMedianAbsoluteDeviation) {
  EXPECT_DOUBLE_EQ(RelativeNoise({1, 1, 1}), 0);
  EXPECT_DOUBLE_EQ(RelativeNoise({0.9, 1, 1.1}), 1.4826 * 0.1);
  EXPECT_DOUBLE_EQ(RelativeNoise({0.9, 1, 100}), 1.4826 * 0.1);  // one outlier is no noise
  EXPECT_DOUBLE_EQ(RelativeNoise({0, 0, 0}), 0);
}

TEST(RatiosToBestTest, AreOfMediansAndLeaveOutFailures) {
  RowResult row = TestRow("r", {{1, 3, 2}, {8}, {4}});
  auto ratios = RatiosToBest(row, Measure::kTime);
  EXPECT_EQ(ratios, (std::vector<std::optional<double>>{1, 4, 2}));
  row.cells[0].failure = "signal 11";
  ratios = RatiosToBest(row, Measure::kTime);
  EXPECT_EQ(ratios, (std::vector<std::optional<double>>{std::nullopt, 2, 1}));
}

TEST(GeometricMeansTest, AreOverTheRowsWithFigures) {
  Results results = TestResults();
  results.rows = {TestRow("a", {{1}, {2}, {1}}), TestRow("b", {{1}, {8}, {3}})};
  results.rows[1].cells[2] = {.failure = "x", .rounds = {}, .rss = {}};
  const auto means = GeometricMeans(results, Measure::kTime);
  EXPECT_DOUBLE_EQ(*means[0], 1);
  EXPECT_DOUBLE_EQ(*means[1], 4);
  EXPECT_DOUBLE_EQ(*means[2], 1);
  results.rows.clear();
  EXPECT_EQ(GeometricMeans(results, Measure::kTime)[0], std::nullopt);
}

TEST(StandingTest, IsAgainstTheBestPeerNotAgainstOurOther) {
  Results results = TestResults();  // hakmem, hakmem_header, system
  results.allocators.push_back({.key = "peer", .title = "peer", .library = "/p.so"});
  const RowResult row = TestRow("a", {{2}, {1}, {8}, {4}});
  const auto standing = StandingOf(results, row, 0, Measure::kTime);
  ASSERT_TRUE(standing.has_value());
  EXPECT_DOUBLE_EQ(standing->ratio, 0.5);
  EXPECT_EQ(standing->best->key, "peer");
  EXPECT_EQ(standing->noise, std::nullopt);  // one round
}

TEST(StandingTest, LeastIsOverAllRoundsOfAllPeers) {
  Results results = TestResults();
  results.allocators.push_back({.key = "peer", .title = "peer", .library = "/p.so"});
  // The peer has the better median, the system's the fastest round.
  const RowResult row = TestRow("a", {{3, 2, 4}, {1}, {1, 9, 9}, {6, 6, 6}});
  const auto standing = StandingOf(results, row, 0, Measure::kTime);
  ASSERT_TRUE(standing.has_value());
  EXPECT_DOUBLE_EQ(standing->ratio, 0.5);
  EXPECT_DOUBLE_EQ(standing->ratio_of_least, 2);
}

TEST(StandingTest, NoiseIsThatOfBothSides) {
  const Results results = TestResults();
  const auto standing =
      StandingOf(results, TestRow("a", {{0.9, 1, 1.1}, {1}, {1.8, 2, 2.2}}), 0, Measure::kTime);
  ASSERT_TRUE(standing.has_value());
  EXPECT_NEAR(standing->noise.value(), 2 * 1.4826 * 0.1, 1e-9);
}

TEST(StandingTest, NeedsBothSides) {
  const Results results = TestResults();
  RowResult row = TestRow("a", {{2}, {1}, {8}});
  row.cells[2].failure = "x";
  EXPECT_FALSE(StandingOf(results, row, 0, Measure::kTime).has_value());
  row = TestRow("a", {{2}, {1}, {8}});
  row.cells[0].failure = "x";
  EXPECT_FALSE(StandingOf(results, row, 0, Measure::kTime).has_value());
}

TEST(MedianOfTest, IsOverTheRoundsThatHaveTheKey) {
  const CellResult cell = {
      .failure = "", .rounds = {{{"a", 1}}, {{"a", 3}}, {{"b", 9}}}, .rss = {}};
  EXPECT_EQ(MedianOf(cell, "a"), 2);
  EXPECT_EQ(MedianOf(cell, "c"), std::nullopt);
}

}  // namespace
}  // namespace hakmem::bench
