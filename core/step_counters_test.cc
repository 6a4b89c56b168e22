#include "core/step_counters.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace hakmem {
namespace {

constexpr size_t kSteps = static_cast<size_t>(Step::kCount);

TEST(StepCountersTest, StartAtZero) {
  static constinit StepCounters counters;
  for (size_t i = 0; i < kSteps; ++i) EXPECT_EQ(counters.Get(static_cast<Step>(i)), 0u);
}

TEST(StepCountersTest, CountEachStepByItselfInTheStatsVariantOnly) {
  StepCounters counters;
  for (size_t i = 0; i < kSteps; ++i) {
    for (size_t n = 0; n <= i; ++n) counters.Add(static_cast<Step>(i));
  }
  for (size_t i = 0; i < kSteps; ++i) {
    EXPECT_EQ(counters.Get(static_cast<Step>(i)), config::kStats ? i + 1 : 0);
  }
}

TEST(StepCountersTest, AreExactWithManyThreads) {
  constexpr uint64_t kTimes = 20000;
  StepCounters counters;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&counters] {
      for (uint64_t i = 0; i < kTimes; ++i) counters.Add(Step::kFreeCache);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counters.Get(Step::kFreeCache), config::kStats ? 4 * kTimes : 0);
}

TEST(StepCountersTest, SumsUpMallocsFreesAndHits) {
  if (!config::kStats) GTEST_SKIP() << "for --define stats=1";
  StepCounters counters;
  const std::pair<Step, uint64_t> kCounts[] = {
      {Step::kMallocCache, 1000},  {Step::kMallocRefill, 100}, {Step::kMallocRun, 50},
      {Step::kFreeCache, 500},     {Step::kFreeFlush, 60},     {Step::kFreeHeader, 20},
      {Step::kFreeSlab, 10},       {Step::kFreeMid, 3},        {Step::kFreeRun, 7},
      {Step::kFreeRefused, 10000},
  };
  for (const auto& [step, count] : kCounts) {
    for (uint64_t i = 0; i < count; ++i) counters.Add(step);
  }
  EXPECT_EQ(counters.Mallocs(), 1050u);
  EXPECT_EQ(counters.Frees(), 540u);
  EXPECT_EQ(counters.Hits(), 900u + 533u - 60u);
}

TEST(StepCountersTest, EveryStepHasANameOfItsOwn) {
  std::set<std::string> names;
  for (const char* name : kStepNames) names.insert(name);
  EXPECT_EQ(names.size(), kSteps);
  EXPECT_STREQ(kStepNames[static_cast<size_t>(Step::kMallocCache)], "malloc_cache");
  EXPECT_STREQ(kStepNames[static_cast<size_t>(Step::kFreeRefused)], "free_refused");
}

}  // namespace
}  // namespace hakmem
