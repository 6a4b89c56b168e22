// Every workload at a tiny size, with the contents of all blocks checked.
#include "bench/compare/workloads/workload.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace hakmem::bench {
namespace {

constexpr WorkloadOptions kTiny = {.scale = 0.0005, .self_check = true, .wait_seconds = 0};

class WorkloadTest : public testing::TestWithParam<SyntheticWorkload> {};

TEST_P(WorkloadTest, ContentsSurviveAndAllIsFreed) {
  const WorkloadResult result = GetParam().run(kTiny);
  EXPECT_EQ(result.done.errors, 0u);
  EXPECT_GT(result.done.operations, 0u);
  EXPECT_GT(result.seconds, 0);
  EXPECT_LE(result.walk_seconds, result.seconds);
}

TEST_P(WorkloadTest, EqualSeedsDoEqualWork) {
  const WorkloadResult first = GetParam().run(kTiny);
  const WorkloadResult again = GetParam().run(kTiny);
  EXPECT_EQ(first.done.operations, again.done.operations);
  EXPECT_EQ(first.done.checksum, again.done.checksum);
  WorkloadOptions other = kTiny;
  other.seed = 1;
  EXPECT_NE(GetParam().run(other).done.checksum, first.done.checksum);
}

TEST_P(WorkloadTest, ScaleIsTheAmountOfWork) {
  WorkloadOptions larger = kTiny;
  larger.scale = 0.006;
  EXPECT_GT(GetParam().run(larger).done.operations, GetParam().run(kTiny).done.operations);
}

INSTANTIATE_TEST_SUITE_P(All, WorkloadTest,
                         testing::ValuesIn(SyntheticWorkloads().begin(),
                                           SyntheticWorkloads().end()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(SyntheticWorkloadsTest, AreFoundByTheirNames) {
  std::set<std::string_view> names;
  for (const SyntheticWorkload& workload : SyntheticWorkloads()) {
    EXPECT_EQ(FindSyntheticWorkload(workload.name), &workload);
    names.insert(workload.name);
  }
  EXPECT_EQ(names.size(), SyntheticWorkloads().size());
  EXPECT_EQ(FindSyntheticWorkload("nonesuch"), nullptr);
}

}  // namespace
}  // namespace hakmem::bench
