#include "bench/random_mixed_plan.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hakmem::bench {
namespace {

std::vector<std::string> Titles(const std::vector<RandomMixedParams>& plan) {
  std::vector<std::string> titles;
  for (const RandomMixedParams& params : plan) titles.push_back(MakeWorkload(params).title);
  return titles;
}

TEST(PlanRandomMixedTest, DefaultIsThreeSizesAtOneThreadAndAllCores) {
  const auto plan = PlanRandomMixed({.positional = {}, .cores = 4});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(Titles(*plan),
            (std::vector<std::string>{"16-1024 bytes, 1 thread", "16-1024 bytes, 4 threads",
                                      "16-4096 bytes, 1 thread", "16-4096 bytes, 4 threads",
                                      "16-32768 bytes, 1 thread", "16-32768 bytes, 4 threads"}));
  EXPECT_EQ(MakeWorkload(plan->front()).arguments,
            (std::vector<std::string>{"10000000", "16", "1024", "1234567", "1", "8192", "0"}));
}

TEST(PlanRandomMixedTest, OneCoreRunsEachSizeOnce) {
  const auto plan = PlanRandomMixed({.positional = {}, .cores = 1});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->size(), 3u);
}

TEST(PlanRandomMixedTest, ArgumentsMayEndAnywhere) {
  const auto operations = PlanRandomMixed({.positional = {"1000"}, .cores = 1});
  ASSERT_TRUE(operations.ok()) << operations.status();
  EXPECT_EQ(Titles(*operations), (std::vector<std::string>{"16-4096 bytes, 1 thread"}));
  EXPECT_EQ(operations->front().operations, 1000u);
  EXPECT_EQ(operations->front().seed, 1234567u);

  const auto all = PlanRandomMixed(
      {.positional = {"1000", "256", "42"}, .slots = 77, .self_check = true, .cores = 2});
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ(MakeWorkload(all->back()).arguments,
            (std::vector<std::string>{"1000", "16", "256", "42", "2", "77", "1"}));
}

TEST(PlanRandomMixedTest, RefusesWhatCannotBeRun) {
  EXPECT_FALSE(PlanRandomMixed({.positional = {"x"}}).ok());
  EXPECT_FALSE(PlanRandomMixed({.positional = {"0"}}).ok());
  EXPECT_FALSE(PlanRandomMixed({.positional = {"1", "15"}}).ok());
  EXPECT_FALSE(PlanRandomMixed({.positional = {"1", "16", "1", "1"}}).ok());
}

TEST(DescribePlanTest, SaysLengthSlotsAndSeed) {
  const auto plan = PlanRandomMixed({.positional = {"2500", "64", "99"}});
  ASSERT_TRUE(plan.ok()) << plan.status();
  const std::string text = DescribePlan(*plan, 1);
  EXPECT_NE(text.find("8192 slots"), std::string::npos);
  EXPECT_NE(text.find("1 round, 2500 operations"), std::string::npos);
  EXPECT_NE(text.find("Seed 99"), std::string::npos);
}

}  // namespace
}  // namespace hakmem::bench
