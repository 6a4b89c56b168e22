#include "bench/phase7_plan.h"

#include <gtest/gtest.h>

namespace hakmem::bench {
namespace {

TEST(PlanPhase7Test, HasTheReviewsWorkloadsAtBothNumbersOfThreads) {
  const std::vector<Phase7Workload> plan = PlanPhase7({.cores = 4});
  ASSERT_EQ(plan.size(), 3u);
  EXPECT_EQ(plan[0].one_thread.title, "8-128 bytes, 1 thread");
  EXPECT_EQ(plan[0].all_cores.title, "8-128 bytes, 4 threads");
  EXPECT_EQ(plan[1].one_thread.title, "16-1024 bytes, 1 thread");
  EXPECT_EQ(plan[2].all_cores.title, "16-4096 bytes, 4 threads");
}

TEST(PlanPhase7Test, PassesBoundsOn) {
  const std::vector<Phase7Workload> plan = PlanPhase7({.seconds = 0.25, .operations = 77});
  EXPECT_EQ(plan[0].one_thread.arguments.front(), "0.25");
  EXPECT_EQ(plan[1].one_thread.arguments.front(), "77");
}

TEST(PlanPhase7Test, OnlyTheMixedSizesHaveMidBlocks) {
  const std::vector<Phase7Workload> plan = PlanPhase7({});
  EXPECT_EQ(plan[0].mix.mean, 68);
  EXPECT_EQ(plan[0].mix.mid_share, 0);
  EXPECT_EQ(plan[1].mix.mid_share, 0);
  EXPECT_DOUBLE_EQ(plan[2].mix.mid_share, 3072.0 / 4081) << "1025 to 4096 of 16 to 4096";
}

}  // namespace
}  // namespace hakmem::bench
