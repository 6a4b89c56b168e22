#include "bench/phase7_model.h"

#include <gtest/gtest.h>

#include <limits>

namespace hakmem::bench {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Metrics Make(std::map<std::string, double> values) {
  Metrics metrics;
  metrics.values = std::move(values);
  return metrics;
}

Metrics Micro() {
  return Make({{"cycles:malloc/64", 4},
               {"cycles:malloc/4096", 8},
               {"cycles:free/64", 6},
               {"cycles:free/4096", 26},
               {"cycles:refill", 5},
               {"cycles:flush", 7},
               {"cycles:aligned_free", 40},
               {"cycles:usable_size", 9},
               {"cycles:l25", 300}});
}

// One refill in 100 mallocs, one flush in 50 frees.
Metrics Stream() {
  return Make({{"steps.malloc_cache", 1000},
               {"steps.malloc_refill", 10},
               {"steps.free_cache", 1000},
               {"steps.free_flush", 20}});
}

TEST(WeightedCyclesTest, AddsSharesTimesCycles) {
  EXPECT_EQ(WeightedCycles({}), 0);
  EXPECT_DOUBLE_EQ(WeightedCycles({{"a", 0.75, 4}, {"b", 0.25, 40}}), 13);
  EXPECT_DOUBLE_EQ(WeightedCycles({{"a", 1, 4}, {"unused", 0, kNaN}}), 4);
}

TEST(RareEventCyclesTest, IsWhatTheStreamCostsAbove) {
  EXPECT_DOUBLE_EQ(RareEventCycles(5, 4, 0.01), 100);
  EXPECT_EQ(RareEventCycles(5, 4, 0), 0);
  EXPECT_EQ(RareEventCycles(3, 4, 0.01), 0) << "not below nothing";
}

TEST(HakmemStepsTest, TinyBlocksAtStep1) {
  const Metrics counted = Make({{"steps.malloc_cache", 1000},
                                {"steps.malloc_refill", 5},
                                {"steps.free_cache", 1000},
                                {"steps.free_flush", 10}});
  // 4 + 0.005 * 100, and 6 + 0.01 * 50.
  SizeMix mix = {.tiny = 64, .mean = 64};
  EXPECT_DOUBLE_EQ(WeightedCycles(HakmemSteps(Micro(), counted, Stream(), mix)), 11);
  mix.mean = 128;
  EXPECT_DOUBLE_EQ(WeightedCycles(HakmemSteps(Micro(), counted, Stream(), mix)), 10.5);
}

TEST(HakmemStepsTest, MidBlocksAtEitherStep) {
  const SizeMix mix = {.tiny = 64, .mid_share = 0.75, .mean = 2048};
  // 0.25 * 4 + 0.75 * 8, and 0.25 * 6 + 0.75 * 26.
  constexpr double kSum = 7 + 21;
  const Metrics by_map = Make({{"steps.malloc_cache", 1000}, {"steps.free_cache", 1000}});
  EXPECT_DOUBLE_EQ(WeightedCycles(HakmemSteps(Micro(), by_map, Stream(), mix)), kSum);
  const Metrics by_header =
      Make({{"steps.malloc_cache", 1000}, {"steps.free_cache", 250}, {"steps.free_mid", 750}});
  EXPECT_DOUBLE_EQ(WeightedCycles(HakmemSteps(Micro(), by_header, Stream(), mix)), kSum);
  EXPECT_DOUBLE_EQ(PairCycles(Micro(), mix), kSum);
}

TEST(HakmemStepsTest, RunsAndLookupsCostTheirOwn) {
  const Metrics counted = Make({{"steps.malloc_cache", 900},
                                {"steps.malloc_run", 100},
                                {"steps.free_cache", 700},
                                {"steps.free_header", 100},
                                {"steps.free_slab", 100},
                                {"steps.free_run", 100}});
  // 0.9 * 4 + 0.1 * 300, and 0.7 * 6 + 0.1 * 40 + 0.1 * (9 + 6).
  EXPECT_DOUBLE_EQ(
      WeightedCycles(HakmemSteps(Micro(), counted, Stream(), {.tiny = 64, .mean = 64})), 43.3);
}

TEST(IsMetTest, ComparesWithTheBound) {
  EXPECT_TRUE(IsMet({"", true, 1.2}, 1.2));
  EXPECT_FALSE(IsMet({"", true, 1.2}, 1.1));
  EXPECT_TRUE(IsMet({"", false, 1.05}, 1.05));
  EXPECT_FALSE(IsMet({"", false, 1.05}, 1.06));
  EXPECT_FALSE(IsMet({"", true, 1}, kNaN));
  EXPECT_FALSE(IsMet({"", false, 1}, kNaN));
}

}  // namespace
}  // namespace hakmem::bench
