#include "bench/harness/random.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace hakmem::bench {
namespace {

TEST(NextRandomTest, FollowsThePublishedSequence) {
  // SplitMix64 from state 1234567, as many implementations test it.
  uint64_t state = 1234567;
  EXPECT_EQ(NextRandom(&state), 6457827717110365317u);
  EXPECT_EQ(NextRandom(&state), 3203168211198807973u);
  EXPECT_EQ(NextRandom(&state), 9817491932198370423u);
}

TEST(ScaleTest, CoversTheRangeAndNoMore) {
  EXPECT_EQ(Scale(0, 10), 0u);
  EXPECT_EQ(Scale(UINT32_MAX, 10), 9u);
  EXPECT_EQ(Scale(UINT32_MAX, 1), 0u);
  EXPECT_EQ(Scale(UINT32_MAX, uint64_t{1} << 32), UINT32_MAX);
}

TEST(ScaleTest, SpreadsEvenly) {
  constexpr int kDraws = 100000;
  std::vector<int> counts(10);
  uint64_t state = 1;
  for (int i = 0; i < kDraws; ++i) {
    ++counts[Scale(static_cast<uint32_t>(NextRandom(&state)), counts.size())];
  }
  for (const int count : counts) EXPECT_NEAR(count, kDraws / 10, kDraws / 100);
}

}  // namespace
}  // namespace hakmem::bench
