#include "bench/larson_workload.h"

#include <gtest/gtest.h>

#include "bench/larson_args.h"

namespace hakmem::bench {
namespace {

// Bounded by operations, so that no result depends on time.
LarsonParams SmallRun() {
  LarsonParams params;
  params.min_size = 8;
  params.max_size = 1000;
  params.blocks_per_thread = 50;
  params.rounds = 3;  // a hand-over every 150 operations
  params.threads = 2;
  params.operations_per_thread = 1000;
  params.self_check = true;
  return params;
}

LarsonResult RunOk(const LarsonParams& params) {
  EXPECT_EQ(CheckParams(params), nullptr);
  LarsonResult result;
  const char* failure = RunLarson(params, &result);
  EXPECT_EQ(failure, nullptr) << failure;
  return result;
}

TEST(LarsonWorkloadTest, AccountsForEveryOperation) {
  const LarsonResult result = RunOk(SmallRun());
  EXPECT_EQ(result.operations, 2u * 1000u);
  EXPECT_EQ(result.live_blocks, 2u * 50u);
  EXPECT_GT(result.seconds, 0);
  EXPECT_GE(result.handover_seconds, 0);
  EXPECT_LE(result.handover_seconds, 2 * result.seconds);
}

TEST(LarsonWorkloadTest, HandsOverAfterEveryTurnThatLeavesWork) {
  // 1000 operations in turns of 150: seven threads, six hand-overs, for each of two chains.
  EXPECT_EQ(RunOk(SmallRun()).handovers, 2u * 6u);
  LarsonParams params = SmallRun();
  params.operations_per_thread = 900;  // six full turns, and nothing left after the last
  EXPECT_EQ(RunOk(params).handovers, 2u * 5u);
  params.operations_per_thread = 100;
  EXPECT_EQ(RunOk(params).handovers, 0u);
}

TEST(LarsonWorkloadTest, ContentsOfLiveBlocksSurvive) {
  LarsonParams params = SmallRun();
  params.operations_per_thread = 20000;
  params.threads = 4;
  const LarsonResult result = RunOk(params);
  EXPECT_EQ(result.errors, 0u);
  EXPECT_GE(result.live_bytes, result.live_blocks * params.min_size);
  EXPECT_LE(result.live_bytes, result.live_blocks * params.max_size);
}

TEST(LarsonWorkloadTest, EqualSeedsDoEqualWork) {
  const LarsonResult first = RunOk(SmallRun());
  const LarsonResult second = RunOk(SmallRun());
  EXPECT_EQ(first.checksum, second.checksum);
  EXPECT_EQ(first.live_bytes, second.live_bytes);
  LarsonParams other = SmallRun();
  other.seed += 2;
  EXPECT_NE(RunOk(other).checksum, first.checksum);
}

TEST(LarsonWorkloadTest, HandOversDoNotChangeTheSequence) {
  LarsonParams params = SmallRun();
  const LarsonResult often = RunOk(params);
  params.rounds = 1000;
  const LarsonResult never = RunOk(params);
  EXPECT_EQ(never.handovers, 0u);
  EXPECT_EQ(never.checksum, often.checksum);
  EXPECT_EQ(never.live_bytes, often.live_bytes);
}

TEST(LarsonWorkloadTest, MeasuredRunDoesTheSameWorkAsTheCheckedOne) {
  LarsonParams params = SmallRun();
  const LarsonResult checked = RunOk(params);
  params.self_check = false;
  const LarsonResult measured = RunOk(params);
  EXPECT_EQ(measured.checksum, checked.checksum);
  EXPECT_EQ(measured.operations, checked.operations);
  EXPECT_EQ(measured.live_blocks, checked.live_blocks);
}

TEST(LarsonWorkloadTest, OneSizeAndOneBlock) {
  LarsonParams params = SmallRun();
  params.min_size = params.max_size = 1;
  params.blocks_per_thread = 1;
  params.rounds = 100;
  const LarsonResult result = RunOk(params);
  EXPECT_EQ(result.errors, 0u);
  EXPECT_EQ(result.live_bytes, 2u);
}

TEST(LarsonWorkloadTest, TimeBoundsARunWithoutOperationBound) {
  LarsonParams params = SmallRun();
  params.operations_per_thread = 0;
  params.seconds = 0.001;
  const LarsonResult result = RunOk(params);
  EXPECT_EQ(result.errors, 0u);
  EXPECT_EQ(result.live_blocks, 2u * 50u);
}

}  // namespace
}  // namespace hakmem::bench
