#include "bench/compare/workloads/mutator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace hakmem::bench {
namespace {

constexpr WorkloadOptions kChecked = {.self_check = true};

TEST(MutatorTest, SeesThatAnotherWroteToItsBlocks) {
  Mutator mutator(kChecked, 0);
  Block good = mutator.Allocate(100);
  Block bad = mutator.Allocate(100);
  Block grown = mutator.Allocate(100);
  bad.data[50] = static_cast<char>(bad.data[50] + 1);
  mutator.Free(&good);
  EXPECT_EQ(mutator.tally().errors, 0u);
  mutator.Free(&bad);
  EXPECT_EQ(mutator.tally().errors, 1u);
  grown.data[0] = static_cast<char>(grown.data[0] + 1);
  mutator.Resize(&grown, 5000);
  EXPECT_GT(mutator.tally().errors, 1u);
  mutator.Free(&grown);
}

TEST(MutatorTest, CountsCallsAndLeavesBlocksEmpty) {
  Mutator mutator(kChecked, 0);
  Block block = mutator.Allocate(10);
  mutator.Resize(&block, 10'000);
  EXPECT_EQ(block.size, 10'000u);
  mutator.Free(&block);
  EXPECT_EQ(block.data, nullptr);
  mutator.Free(&block);
  EXPECT_EQ(mutator.tally().operations, 3u);
  Block zeroed = mutator.AllocateZeroed(100'000, 4096);
  mutator.Free(&zeroed);
  EXPECT_EQ(mutator.tally().operations, 5u);
  EXPECT_EQ(mutator.tally().errors, 0u);
}

TEST(MutatorTest, ABlockMayBeFreedByAnother) {
  Mutator one(kChecked, 1);
  Mutator other(kChecked, 2);
  Block block = one.Allocate(1000);
  other.Free(&block);
  EXPECT_EQ(other.tally().errors, 0u);
}

TEST(MutatorTest, ParetoHasItsMedianAndItsTail) {
  Mutator mutator(kChecked, 0);
  constexpr size_t kDraws = 20'000;
  std::vector<size_t> values;
  for (size_t i = 0; i < kDraws; ++i) values.push_back(mutator.Pareto(100, 100'000));
  std::sort(values.begin(), values.end());
  EXPECT_GE(values.front(), 100u);
  EXPECT_LE(values.back(), 100'000u);
  // P(x > 200) = 1/2, P(x > 1000) = 1/10.
  EXPECT_NEAR(static_cast<double>(values[kDraws / 2]), 200, 10);
  EXPECT_NEAR(static_cast<double>(values[kDraws / 10 * 9]), 1000, 100);
}

TEST(MutatorTest, ShuffleIsAPermutation) {
  Mutator mutator(kChecked, 0);
  MappedArray<uint32_t> array(1000);
  for (uint32_t i = 0; i < array.size(); ++i) array[i] = i;
  Shuffle(&mutator, &array);
  EXPECT_FALSE(std::is_sorted(array.begin(), array.end()));
  std::sort(array.begin(), array.end());
  for (uint32_t i = 0; i < array.size(); ++i) EXPECT_EQ(array[i], i);
}

TEST(WorkloadOptionsTest, ScalesToAtLeastOne) {
  EXPECT_EQ((WorkloadOptions{.scale = 0.5}).Scaled(1000), 500u);
  EXPECT_EQ((WorkloadOptions{.scale = 0.0001}).Scaled(1000), 1u);
}

}  // namespace
}  // namespace hakmem::bench
