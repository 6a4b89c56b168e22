#include "bench/random_mixed_workload.h"

#include <gtest/gtest.h>

namespace hakmem::bench {
namespace {

RandomMixedResult RunOnce(const RandomMixedParams& params) {
  RandomMixedResult result;
  EXPECT_EQ(RunRandomMixed(params, &result), nullptr);
  return result;
}

TEST(RandomMixedTest, DoesWhatItIsAskedToDo) {
  const RandomMixedResult result =
      RunOnce({.operations = 20000, .threads = 3, .slots = 1000, .self_check = 1});
  EXPECT_EQ(result.operations, 3u * 20000);
  EXPECT_EQ(result.errors, 0u);
  // A slot is full after an odd number of operations: half of them, with a deviation of 27.
  EXPECT_GT(result.live_blocks, 1500u - 8 * 27);
  EXPECT_LT(result.live_blocks, 1500u + 8 * 27);
}

TEST(RandomMixedTest, OneSlotAlternates) {
  EXPECT_EQ(RunOnce({.operations = 7, .slots = 1}).live_blocks, 1u);
  EXPECT_EQ(RunOnce({.operations = 8, .slots = 1}).live_blocks, 0u);
}

TEST(RandomMixedTest, EqualSeedsDoEqualWork) {
  const RandomMixedParams params = {.operations = 5000, .seed = 9, .threads = 2, .slots = 100};
  RandomMixedParams other = params;
  other.seed = 10;
  const RandomMixedResult first = RunOnce(params);
  const RandomMixedResult second = RunOnce(params);
  EXPECT_EQ(first.checksum, second.checksum);
  EXPECT_EQ(first.live_blocks, second.live_blocks);
  EXPECT_NE(first.checksum, RunOnce(other).checksum);
}

TEST(RandomMixedTest, AVisitorSeesTheLiveBlocks) {
  uint64_t seen = 0;
  const TableVisitor visitor = {.visit =
                                    [](void* context, char* const* slots, uint64_t count) {
                                      for (uint64_t i = 0; i < count; ++i) {
                                        *static_cast<uint64_t*>(context) += slots[i] != nullptr;
                                      }
                                    },
                                .context = &seen};
  RandomMixedResult result;
  ASSERT_EQ(RunRandomMixed({.operations = 999, .threads = 2, .slots = 10}, &result, visitor),
            nullptr);
  EXPECT_GT(seen, 0u);
  EXPECT_EQ(seen, result.live_blocks);
}

TEST(RandomMixedTest, SelfCheckDoesTheSameOperations) {
  const RandomMixedParams params = {.operations = 5000, .slots = 100};
  RandomMixedParams checked = params;
  checked.self_check = 1;
  EXPECT_EQ(RunOnce(params).checksum, RunOnce(checked).checksum);
}

}  // namespace
}  // namespace hakmem::bench
