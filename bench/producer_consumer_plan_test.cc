#include "bench/producer_consumer_plan.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hakmem::bench {
namespace {

std::vector<std::string> Titles(const std::vector<ProducerConsumerParams>& plan) {
  std::vector<std::string> titles;
  for (const ProducerConsumerParams& params : plan) titles.push_back(MakeWorkload(params).title);
  return titles;
}

TEST(PlanProducerConsumerTest, DefaultIsThreeSizes) {
  const auto plan = PlanProducerConsumer({.positional = {}, .cores = 2});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(Titles(*plan), (std::vector<std::string>{"8-128 bytes, 1 producer, 1 consumer",
                                                     "16-1024 bytes, 1 producer, 1 consumer",
                                                     "1024-32768 bytes, 1 producer, 1 consumer"}));
}

TEST(PlanProducerConsumerTest, ManyCoresAreAllUsedToo) {
  const auto plan = PlanProducerConsumer({.positional = {}, .cores = 8});
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(plan->size(), 6u);
  EXPECT_EQ(Titles(*plan)[1], "8-128 bytes, 4 producers, 4 consumers");
}

TEST(PlanProducerConsumerTest, ArgumentsRunAsTheyAre) {
  const auto plan = PlanProducerConsumer(
      {.positional = {"2", "3", "1000", "8", "64", "16", "42"}, .self_check = true, .cores = 8});
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(plan->size(), 1u);
  const Workload workload = MakeWorkload(plan->front());
  EXPECT_EQ(workload.title, "8-64 bytes, 2 producers, 3 consumers");
  EXPECT_EQ(workload.arguments,
            (std::vector<std::string>{"2", "3", "1000", "8", "64", "16", "42", "1"}));
}

TEST(PlanProducerConsumerTest, ArgumentsMayEndAnywhere) {
  const auto plan = PlanProducerConsumer({.positional = {"2", "2"}, .messages = 500});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(MakeWorkload(plan->front()).arguments,
            (std::vector<std::string>{"2", "2", "500", "16", "1024", "1024", "12345", "0"}));
}

TEST(PlanProducerConsumerTest, RefusesWhatCannotBeRun) {
  EXPECT_FALSE(PlanProducerConsumer({.positional = {"x"}}).ok());
  EXPECT_FALSE(PlanProducerConsumer({.positional = {"1", "0"}}).ok());
  EXPECT_FALSE(PlanProducerConsumer({.positional = {"1", "1", "9", "64", "8"}}).ok());
  EXPECT_FALSE(PlanProducerConsumer({.positional = {"1", "1", "9", "8", "64", "3"}}).ok());
  EXPECT_FALSE(PlanProducerConsumer({.positional = std::vector<std::string>(8, "1")}).ok());
}

TEST(DescribePlanTest, SaysLengthDepthAndSeed) {
  const auto plan = PlanProducerConsumer({.positional = {}, .messages = 2500});
  ASSERT_TRUE(plan.ok()) << plan.status();
  const std::string text = DescribePlan(*plan, 1);
  EXPECT_NE(text.find("A queue of 1024 blocks"), std::string::npos);
  EXPECT_NE(text.find("1 round, 2500 blocks"), std::string::npos);
  EXPECT_NE(text.find("Seed 12345"), std::string::npos);
}

}  // namespace
}  // namespace hakmem::bench
