#include "testing/model/sizes.h"

#include <gtest/gtest.h>

#include <bit>
#include <set>

#include "core/test_random.h"

namespace hakmem::model {
namespace {

TEST(RandomTest, LogUniformReachesBothEndsAndNothingBeyond) {
  TestRandom random(1);
  size_t least = SIZE_MAX;
  size_t most = 0;
  for (int i = 0; i < 100'000; ++i) {
    const size_t value = random.LogUniform(3, 1000);
    least = std::min(least, value);
    most = std::max(most, value);
  }
  EXPECT_EQ(3U, least);
  EXPECT_EQ(1000U, most);
}

TEST(SizesTest, SizesStayInTheirRange) {
  TestRandom random(2);
  for (const SizeRange range : {SizeRange{0, kGiB}, {0, 1000}, {kKiB, 40 * kKiB}, {kMiB, kGiB}}) {
    for (int i = 0; i < 100'000; ++i) {
      const size_t size = RandomSize(random, range);
      ASSERT_LE(range.smallest, size);
      ASSERT_GE(range.largest, size);
      const size_t new_size = RandomNewSize(random, size, range);
      ASSERT_LE(range.smallest, new_size);
      ASSERT_GE(range.largest, new_size);
    }
  }
}

TEST(SizesTest, BordersAndTheirNeighboursComeUp) {
  TestRandom random(3);
  std::set<size_t> seen;
  for (int i = 0; i < 500'000; ++i) seen.insert(RandomSize(random, {0, kGiB}));
  for (const size_t border : {8UL, 16UL, 128UL, 144UL, 1024UL, 1280UL, 4096UL, 32 * kKiB, kMiB}) {
    for (const size_t size : {border - 1, border, border + 1})
      EXPECT_TRUE(seen.count(size)) << size;
  }
  EXPECT_TRUE(seen.count(0));
  EXPECT_GT(*seen.rbegin(), kGiB / 2);
}

TEST(SizesTest, AlignmentsArePowersOfTwoUpToTheLargest) {
  TestRandom random(4);
  std::set<size_t> seen;
  for (int i = 0; i < 200'000; ++i) {
    const size_t alignment = RandomAlignment(random, kGiB);
    ASSERT_TRUE(std::has_single_bit(alignment));
    seen.insert(alignment);
  }
  EXPECT_EQ(31U, seen.size());
  EXPECT_EQ(kGiB, *seen.rbegin());
  for (int i = 0; i < 10'000; ++i) ASSERT_GE(64U, RandomAlignment(random, 64));
}

}  // namespace
}  // namespace hakmem::model
