#include "bench/larson_plan.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hakmem::bench {
namespace {

std::vector<std::string> Titles(const std::vector<LarsonParams>& plan) {
  std::vector<std::string> titles;
  for (const LarsonParams& params : plan) titles.push_back(MakeWorkload(params).title);
  return titles;
}

// One round of `threads` threads over a second, a part of it in hand-over.
Cell Round(double threads, double handover_seconds) {
  Metrics metrics;
  metrics.values = {{"operations", 1e6},
                    {"seconds", 1},
                    {"threads", threads},
                    {"handover_seconds", handover_seconds}};
  return {.rounds = {metrics}, .failure = ""};
}

TEST(PlanLarsonTest, DefaultIsBothSizesAtOneThreadAndAllCores) {
  const auto plan = PlanLarson({.positional = {}, .cores = 4});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(Titles(*plan),
            (std::vector<std::string>{"8-128 bytes, 1 thread", "8-128 bytes, 4 threads",
                                      "8-1000 bytes, 1 thread", "8-1000 bytes, 4 threads"}));
}

TEST(PlanLarsonTest, OneCoreRunsEachSizeOnce) {
  const auto plan = PlanLarson({.positional = {}, .cores = 1});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->size(), 2u);
}

TEST(PlanLarsonTest, ClassicArgumentsRunAsTheyAre) {
  const auto plan = PlanLarson(
      {.positional = {"10", "8", "128", "1024", "1", "12345", "4"}, .seconds = 1, .cores = 2});
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(plan->size(), 1u);
  const Workload workload = MakeWorkload(plan->front());
  EXPECT_EQ(workload.title, "8-128 bytes, 4 threads");
  EXPECT_EQ(workload.arguments,
            (std::vector<std::string>{"10", "8", "128", "1024", "1", "12345", "4"}));
  EXPECT_EQ(workload.expected_seconds, 10);
}

TEST(PlanLarsonTest, BoundsReachTheWorker) {
  const auto plan = PlanLarson({.positional = {"0.25", "1", "2", "3", "4", "5", "6"},
                                .operations_per_thread = 77,
                                .self_check = true});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(
      MakeWorkload(plan->front()).arguments,
      (std::vector<std::string>{"0.25", "1", "2", "3", "4", "5", "6", "--ops=77", "--self_check"}));
}

TEST(PlanLarsonTest, RefusesWhatCannotBeRun) {
  EXPECT_FALSE(PlanLarson({.positional = {"10"}}).ok());
  EXPECT_FALSE(PlanLarson({.positional = {"10", "8", "128", "1024", "1", "12345", "x"}}).ok());
  EXPECT_FALSE(PlanLarson({.positional = {"10", "8", "7", "1024", "1", "12345", "4"}}).ok());
  EXPECT_FALSE(PlanLarson({.positional = {}, .seconds = 0}).ok());
}

TEST(DescribePlanTest, SaysRateOfHandOverSeedAndLength) {
  const auto plan = PlanLarson({.positional = {"2.5", "8", "128", "1024", "3", "99", "4"}});
  ASSERT_TRUE(plan.ok()) << plan.status();
  const std::string text = DescribePlan(*plan, 1);
  EXPECT_NE(text.find("3072 operations"), std::string::npos);
  EXPECT_NE(text.find("Seed 99"), std::string::npos);
  EXPECT_NE(text.find("1 round, 2.5 s"), std::string::npos);
}

TEST(LarsonColumnsTest, HandOverIsAShareOfAllChainsTime) {
  const std::vector<ExtraColumn> columns = LarsonColumns(/*handover_shows=*/true);
  ASSERT_EQ(columns.size(), 2u);
  const Cell cell = Round(/*threads=*/4, /*handover_seconds=*/3);
  EXPECT_DOUBLE_EQ(columns[0].value(cell.rounds[0]), 75);
  EXPECT_DOUBLE_EQ(columns[1].value(cell.rounds[0]), 4) << "1 M ops in a quarter of a second";
  EXPECT_EQ(LarsonColumns(/*handover_shows=*/false).size(), 1u);
}

TEST(HandoverTest, ShowsWhenItTakesMoreThanAFifthUnderOneAllocator) {
  EXPECT_FALSE(HandoverShows({Round(1, 0.02), Round(1, 0.15)}));
  EXPECT_TRUE(HandoverShows({Round(1, 0.02), Round(1, 0.5)}));
  EXPECT_FALSE(HandoverShows({Cell()})) << "nothing was run";
}

TEST(HandoverTest, WarningSaysHowOftenItHappens) {
  LarsonParams params;
  params.blocks_per_thread = 1024;
  params.rounds = 2;
  EXPECT_NE(HandoverWarning(params).find("every 2048 operations"), std::string::npos);
}

}  // namespace
}  // namespace hakmem::bench
