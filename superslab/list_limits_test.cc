#include "superslab/list_limits.h"

#include <gtest/gtest.h>

namespace hakmem {
namespace {

size_t Bytes(const ListLimits& limits, SizeClass c) {
  return limits.Get(c) * size_t{kGeometry[c].stride};
}

TEST(ListLimitsTest, AListMayHoldLittleAtFirst) {
  const ListLimits limits;
  for (SizeClass c = 1; c < kNumClasses; ++c) {
    if (limits.Get(c) == ListLimits::kLeastBlocks) continue;
    EXPECT_GT(limits.Get(c), ListLimits::kLeastBlocks);
    EXPECT_LE(Bytes(limits, c), ListLimits::kFirstBytes);
  }
}

TEST(ListLimitsTest, ItGrowsToSomeLimit) {
  for (SizeClass c = 1; c < kNumClasses; ++c) {
    ListLimits limits;
    const uint32_t first = limits.Get(c);
    limits.Grow(c);
    EXPECT_EQ(limits.Get(c), 2 * first);
    for (int i = 0; i < 20; ++i) limits.Grow(c);
    EXPECT_LE(limits.Get(c), ListLimits::kMostBlocks);
    EXPECT_LE(Bytes(limits, c), ListLimits::kMostBytes);
    EXPECT_TRUE(2 * limits.Get(c) > ListLimits::kMostBlocks ||
                2 * Bytes(limits, c) > ListLimits::kMostBytes);
    limits.Reset(c);
    EXPECT_EQ(limits.Get(c), first);
  }
}

TEST(ListLimitsTest, AllTogetherGrowToALimit) {
  ListLimits limits;
  const auto all = [&limits] {
    size_t bytes = 0;
    for (SizeClass c = 1; c < kNumClasses; ++c) bytes += Bytes(limits, c);
    return bytes;
  };
  const size_t first = all();
  EXPECT_EQ(limits.Bytes(), first);
  const auto grow_all = [&limits] {
    for (int i = 0; i < 20; ++i) {
      for (SizeClass c = 1; c < kNumClasses; ++c) limits.Grow(c);
    }
  };
  grow_all();
  const size_t most = all();
  EXPECT_LE(most, first + ListLimits::kMostExtraBytes);
  EXPECT_GT(most, first + ListLimits::kMostExtraBytes / 2);
  EXPECT_EQ(limits.Bytes(), most);
  for (SizeClass c = 1; c < kNumClasses; ++c) limits.Reset(c);
  EXPECT_EQ(all(), first);
  grow_all();
  EXPECT_EQ(all(), most) << "what was given back can be had again";
}

}  // namespace
}  // namespace hakmem
