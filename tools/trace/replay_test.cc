// Plans of small traces, and their replay in this process under the system's allocator.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tools/trace/replay_plan.h"
#include "tools/trace/replay_run.h"
#include "tools/trace/test_trace.h"

namespace hakmem::trace {
namespace {

std::string PlanPath() { return testing::TempDir() + "/replay_test.plan"; }

// Replays the trace; how many calls that made.
uint64_t Replay(const Trace& trace, uint64_t rounds = 1) {
  EXPECT_TRUE(WritePlan(MakePlan(trace), PlanPath()).ok());
  ReplayResult result;
  EXPECT_STREQ(RunReplay(PlanPath().c_str(), rounds, &result), nullptr);
  return result.calls;
}

// As "malloc 100 @0.0": call, size, slot and ticket.
std::string Text(const ReplayOp& op) {
  static const char* const kNames[] = {"malloc", "calloc", "realloc", "aligned", "free", "start"};
  return std::string(kNames[static_cast<size_t>(op.call)]) + " " + std::to_string(op.size) + " @" +
         std::to_string(op.slot) + "." + std::to_string(op.ticket);
}
std::vector<std::string> Texts(const std::vector<ReplayOp>& ops) {
  std::vector<std::string> texts;
  for (const ReplayOp& op : ops) texts.push_back(Text(op));
  return texts;
}

using Strings = std::vector<std::string>;

TEST(ReplayPlanTest, ASlotIsUsedAgain) {
  TestTrace t;
  t.Allocate(1, 0x100, 100).Free(1, 0x100).Allocate(1, 0x200, 50, Call::kCalloc);
  t.Allocate(1, 0x100, 60, Call::kAligned, 6).Reallocate(1, 0x200, 0x300, 70).Free(1, 0x300);
  const ReplayPlan plan = MakePlan(t.trace());
  EXPECT_EQ(plan.slots, 2u);
  EXPECT_EQ(plan.calls, 6u);
  ASSERT_EQ(plan.threads.size(), 1u);
  EXPECT_EQ(Texts(plan.threads[0]), (Strings{"malloc 100 @0.0", "free 0 @0.1", "calloc 50 @0.2",
                                             "aligned 60 @1.0", "realloc 70 @0.3", "free 0 @0.4"}));
  EXPECT_EQ(plan.threads[0][3].alignment_log2, 6u);
  EXPECT_EQ(Replay(t.trace()), 6u);
}

TEST(ReplayPlanTest, AThreadIsStartedByTheOneThatActedBefore) {
  TestTrace t;
  t.Allocate(7, 0x100, 1).Allocate(3, 0x200, 2).Free(9, 0x100).Free(7, 0x200);
  const ReplayPlan plan = MakePlan(t.trace());
  ASSERT_EQ(plan.threads.size(), 3u);
  EXPECT_EQ(Texts(plan.threads[0]), (Strings{"malloc 1 @0.0", "start 0 @1.0", "free 0 @1.1"}));
  EXPECT_EQ(Texts(plan.threads[1]), (Strings{"malloc 2 @1.0", "start 0 @2.0"}));
  EXPECT_EQ(Texts(plan.threads[2]), (Strings{"free 0 @0.1"}));
  EXPECT_EQ(Replay(t.trace()), 4u);
}

TEST(ReplayPlanTest, LeavesOutWhatHasNoBlock) {
  TestTrace t;
  t.Free(1, 0x900).Allocate(1, 0, 1000).Reallocate(1, 0x800, 0x100, 5).Allocate(1, 0x200, 7);
  t.Reallocate(1, 0x200, 0, 8).Free(1, 0x200);
  const ReplayPlan plan = MakePlan(t.trace());
  ASSERT_EQ(plan.threads.size(), 1u);
  EXPECT_EQ(Texts(plan.threads[0]), (Strings{"realloc 5 @0.0", "malloc 7 @1.0", "free 0 @1.1"}));
  EXPECT_EQ(Replay(t.trace()), 3u);
}

// One thread allocates, the other frees: the first can't run ahead of the trace.
TEST(ReplayTest, ThreadsWaitForEachOther) {
  TestTrace t;
  for (uint64_t i = 0; i < 3000; ++i) {
    t.Allocate(1, 0x1000 + i * 16, 1 + i % 5000);
    if (i >= 10) t.Free(2, 0x1000 + (i - 10) * 16);
  }
  const ReplayPlan plan = MakePlan(t.trace());
  EXPECT_EQ(plan.slots, 11u);
  EXPECT_EQ(Replay(t.trace()), 3000u + 2990u);
}

TEST(ReplayTest, RoundsBeginAnew) {
  TestTrace t;
  t.Allocate(1, 0x100, 1 << 20).Allocate(2, 0x200, 10).Reallocate(2, 0x100, 0x300, 2 << 20);
  EXPECT_EQ(Replay(t.trace(), 50), 150u);
}

TEST(ReplayTest, RefusesWhatIsNoPlan) {
  ReplayResult result;
  EXPECT_STREQ(RunReplay("/no/such/file", 1, &result), "the plan can't be opened");
  EXPECT_STREQ(RunReplay("/proc/self/exe", 1, &result), "the file is not a replay plan");
  EXPECT_TRUE(WritePlan({}, PlanPath()).ok());
  EXPECT_STREQ(RunReplay(PlanPath().c_str(), 1, &result), "the trace has no calls");
  EXPECT_FALSE(WritePlan({}, "/no/such/directory/plan").ok());
}

TEST(ReplayTest, ARequestThatCannotBeServedIsAFailure) {
  TestTrace t;
  t.Allocate(1, 0x100, uint64_t{1} << 62).Allocate(2, 0x200, 10).Free(1, 0x200).Free(2, 0x100);
  EXPECT_TRUE(WritePlan(MakePlan(t.trace()), PlanPath()).ok());
  ReplayResult result;
  EXPECT_STREQ(RunReplay(PlanPath().c_str(), 1, &result), "out of memory");
}

}  // namespace
}  // namespace hakmem::trace
