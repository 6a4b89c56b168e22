#include "bench/phase7_medians.h"

#include <gtest/gtest.h>

#include <cmath>

namespace hakmem::bench {
namespace {

// A round of `seconds` with 6 million operations, a peak of 2 MiB and the figure x.
Metrics Round(double seconds, double x) {
  Metrics metrics;
  metrics.values = {
      {"operations", 6e6}, {"seconds", seconds}, {"threads", 1}, {"peak_rss_kib", 2048}, {"x", x}};
  return metrics;
}

Cell ThreeRounds() {
  Cell cell;
  cell.rounds = {Round(3, 10), Round(1, 30), Round(2, 50)};
  return cell;
}

TEST(MediansTest, TakesTheMedianOfEveryFigure) {
  const Metrics medians = Medians(ThreeRounds());
  EXPECT_EQ(medians.Get("seconds"), 2);
  EXPECT_EQ(medians.Get("x"), 30);
}

TEST(MediansTest, NoRoundsHaveNoFigures) { EXPECT_TRUE(Medians(Cell()).values.empty()); }

TEST(SummarizeRunTest, HasSpeedAndMemoryOfBothNumbersOfThreads) {
  Cell all_cores;
  all_cores.rounds = {Round(0.5, 0)};
  const Phase7Run run = SummarizeRun(ThreeRounds(), all_cores);
  EXPECT_DOUBLE_EQ(run.one_thread_speed, 3);
  EXPECT_DOUBLE_EQ(run.all_cores_speed, 12);
  EXPECT_DOUBLE_EQ(run.one_thread_rss, 2);
  EXPECT_DOUBLE_EQ(run.all_cores_rss, 2);
  EXPECT_TRUE(std::isnan(run.overhead)) << "not of an allocator that reports no heap";
}

TEST(SummarizeRunTest, OverheadIsTheLargerOfBoth) {
  Cell one_thread = ThreeRounds();
  Cell all_cores = ThreeRounds();
  for (Metrics& metrics : one_thread.rounds) {
    metrics.values["heap.metadata_bytes"] = 1;
    metrics.values["heap.peak_used_bytes"] = 100;
  }
  for (Metrics& metrics : all_cores.rounds) {
    metrics.values["heap.metadata_bytes"] = 1;
    metrics.values["heap.peak_used_bytes"] = 50;
  }
  EXPECT_DOUBLE_EQ(SummarizeRun(one_thread, all_cores).overhead, 0.02);
}

}  // namespace
}  // namespace hakmem::bench
