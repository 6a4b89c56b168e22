#include "bench/harness/hit_rate.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"

namespace hakmem::bench {
namespace {

Metrics Counted() {
  Metrics metrics;
  metrics.values = {
      {"steps.malloc_cache", 900}, {"steps.malloc_refill", 9}, {"steps.malloc_run", 100},
      {"steps.free_cache", 800},   {"steps.free_flush", 8},    {"steps.free_header", 1},
      {"steps.free_slab", 2},      {"steps.free_mid", 3},      {"steps.free_run", 194}};
  return metrics;
}

TEST(HitRateTest, HitsAreWhatTheCacheServedAlone) {
  const HitRate rate = ComputeHitRate(Counted());
  EXPECT_EQ(rate.mallocs, 1000);
  EXPECT_EQ(rate.malloc_hits, 891);
  EXPECT_EQ(rate.frees, 1000);
  EXPECT_EQ(rate.free_hits, 792);
  EXPECT_EQ(rate.step1, 800);
}

TEST(HitRateTest, NoCountersAreNoCalls) {
  EXPECT_EQ(ComputeHitRate(Metrics()).mallocs, 0);
  EXPECT_EQ(ComputeHitRate(Metrics()).frees, 0);
}

TEST(FormatHitRatesTest, HasARowForEachWorkload) {
  const std::string text =
      FormatHitRates({{.title = "small", .arguments = {}}, {.title = "large", .arguments = {}}},
                     {Counted(), absl::InternalError("signal 11")});
  EXPECT_NE(text.find("small"), std::string::npos) << text;
  EXPECT_NE(text.find("89.100"), std::string::npos) << text;
  EXPECT_NE(text.find("79.200"), std::string::npos) << text;
  EXPECT_NE(text.find("20.000"), std::string::npos) << "steps 2 to 4: " << text;
  EXPECT_NE(text.find("failed: signal 11"), std::string::npos) << text;
}

TEST(FormatHitRatesTest, NothingCountedHasNoShares) {
  const std::string text = FormatHitRates({{.title = "none", .arguments = {}}}, {Metrics()});
  EXPECT_EQ(text.find("nan"), std::string::npos) << text;
}

}  // namespace
}  // namespace hakmem::bench
