#include "superslab/superslab_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <vector>

#include "core/test_random.h"

namespace hakmem {
namespace {

using Kind = SuperslabIndex::Kind;
constexpr size_t kNone = SuperslabIndex::kNone;
// Four levels, the last of which has two sets.
constexpr size_t kMost = 16 * 16 * 16 + 5;

class SuperslabIndexTest : public testing::Test {
 protected:
  void SetUp() override {
    for (size_t level = 0; level < SuperslabIndex::kMostLevels; ++level) {
      nodes_[level].resize(SuperslabIndex::NodesFor(kMost, level));
      index_.Place(level, nodes_[level].data());
    }
  }

  // As the index does it, one by one.
  size_t NaiveFirst(Kind kind, size_t from, RunLengths lengths) const {
    for (size_t s = from; s < superslabs_; ++s) {
      if ((index_.Get(kind, s) & lengths) != 0) return s;
    }
    return kNone;
  }
  size_t NaiveLast(Kind kind, size_t before, RunLengths lengths) const {
    for (size_t s = before; s-- > 0;) {
      if ((index_.Get(kind, s) & lengths) != 0) return s;
    }
    return kNone;
  }
  size_t NaiveFirstRow(Kind kind, size_t from, size_t count, bool even) const {
    size_t length = 0;
    for (size_t s = from; s < superslabs_; ++s) {
      const bool whole = (index_.Get(kind, s) & JustLength(kUnitsPerSuperslab)) != 0;
      length = whole && (length > 0 || !even || s % 2 == 0) ? length + 1 : 0;
      if (length == count) return s + 1 - count;
    }
    return kNone;
  }
  void Grow(size_t superslabs) {
    superslabs_ = superslabs;
    index_.Grow(superslabs);
  }

  std::array<std::vector<SuperslabIndex::Node>, SuperslabIndex::kMostLevels> nodes_;
  SuperslabIndex index_;
  size_t superslabs_ = 0;
};

TEST_F(SuperslabIndexTest, HasNothingWhereThereIsNoSuperslab) {
  // A heap's metadata is not readable yet then.
  const SuperslabIndex none;
  EXPECT_EQ(none.All(Kind::kFree), 0u);
  EXPECT_EQ(none.First(Kind::kFree, 0, kAnyLength), kNone);
  EXPECT_EQ(none.Last(Kind::kDirty, 0, kAnyLength), kNone);
}

TEST_F(SuperslabIndexTest, KindsAreApart) {
  Grow(3);
  index_.Set(Kind::kFree, 1, JustLength(5));
  index_.Set(Kind::kDirty, 2, JustLength(64));
  EXPECT_EQ(index_.First(Kind::kFree, 0, kAnyLength), 1u);
  EXPECT_EQ(index_.Last(Kind::kFree, 3, kAnyLength), 1u);
  EXPECT_EQ(index_.First(Kind::kDirty, 0, kAnyLength), 2u);
  EXPECT_EQ(index_.All(Kind::kFree), JustLength(5));
  EXPECT_EQ(index_.All(Kind::kDirty), JustLength(64));
}

TEST_F(SuperslabIndexTest, FindsLengthsThatAreJustSoLongOrAtLeast) {
  Grow(40);
  index_.Set(Kind::kFree, 7, JustLength(2) | JustLength(9));
  index_.Set(Kind::kFree, 30, JustLength(4));
  EXPECT_EQ(index_.First(Kind::kFree, 0, JustLength(4)), 30u);
  EXPECT_EQ(index_.First(Kind::kFree, 0, AtLeastLength(4)), 7u);
  EXPECT_EQ(index_.First(Kind::kFree, 8, AtLeastLength(4)), 30u);
  EXPECT_EQ(index_.First(Kind::kFree, 0, AtLeastLength(10)), kNone);
  EXPECT_EQ(index_.Last(Kind::kFree, 40, AtLeastLength(5)), 7u);
  EXPECT_EQ(index_.Last(Kind::kFree, 7, kAnyLength), kNone);
}

TEST_F(SuperslabIndexTest, KnowsWhatItHadWhenALevelIsAdded) {
  // Just as many as a level has room for, and one more.
  for (const size_t superslabs : {16, 17, 256, 257, 4096, 4097}) {
    Grow(superslabs);
    index_.Set(Kind::kFree, superslabs - 1, JustLength(3));
  }
  std::vector<size_t> found;
  for (size_t s = 0; (s = index_.First(Kind::kFree, s, JustLength(3))) != kNone; ++s) {
    found.push_back(s);
  }
  EXPECT_EQ(found, (std::vector<size_t>{15, 16, 255, 256, 4095, 4096}));
}

TEST_F(SuperslabIndexTest, AgreesWithASearchOneByOne) {
  TestRandom random(TestSeed(20261126));
  for (size_t grown = 1; grown <= kMost; grown += 1 + random.Below(grown)) {
    Grow(grown);
    for (int i = 0; i < 200; ++i) {
      const Kind kind = SuperslabIndex::kKinds[random.Below(std::size(SuperslabIndex::kKinds))];
      // Few are set, so that a search goes far.
      index_.Set(kind, random.Below(grown), random.OneIn(3) ? JustLength(1 + random.Below(64)) : 0);
      const RunLengths lengths =
          random.OneIn(2) ? JustLength(1 + random.Below(64)) : AtLeastLength(1 + random.Below(64));
      const size_t at = random.Below(grown + 1);
      ASSERT_EQ(index_.First(kind, at, lengths), NaiveFirst(kind, at, lengths)) << at;
      ASSERT_EQ(index_.Last(kind, at, lengths), NaiveLast(kind, at, lengths)) << at;
      const bool some = NaiveFirst(kind, 0, lengths) != kNone;
      ASSERT_EQ((index_.All(kind) & lengths) != 0, some);
    }
  }
}

TEST_F(SuperslabIndexTest, FindsRowsOfWholeSuperslabs) {
  TestRandom random(TestSeed(20261127));
  Grow(16);
  for (size_t s = 3; s < 16; ++s) index_.Set(Kind::kDirty, s, JustLength(kUnitsPerSuperslab));
  EXPECT_EQ(index_.FirstRow(Kind::kDirty, 0, 2, false), kNone) << "there is but one level";
  Grow(17);
  EXPECT_EQ(index_.FirstRow(Kind::kDirty, 0, 2, false), 3u);
  EXPECT_EQ(index_.FirstRow(Kind::kFree, 0, 1, false), kNone);
  for (size_t grown = 17; grown <= kMost; grown += 1 + random.Below(grown)) {
    Grow(grown);
    for (int i = 0; i < 300; ++i) {
      const Kind kind = random.OneIn(2) ? Kind::kFree : Kind::kDirty;
      // Rows of about as many as are looked for below.
      const size_t begin = random.Below(grown);
      const size_t end = std::min(grown, begin + 1 + random.Below(200));
      const RunLengths lengths = JustLength(kUnitsPerSuperslab - (random.OneIn(3) ? 1 : 0));
      for (size_t s = begin; s < end; ++s) index_.Set(kind, s, lengths);
      const size_t from = random.Below(grown);
      const size_t count = 1 + random.Below(random.OneIn(2) ? 10 : 150);
      const bool even = random.OneIn(2);
      ASSERT_EQ(index_.FirstRow(kind, from, count, even), NaiveFirstRow(kind, from, count, even))
          << from << " " << count << " " << even;
    }
  }
}

// A node that is not in use is not readable.
TEST(SuperslabIndexEndTest, ARowAtTheEndOfTheLastNode) {
  constexpr size_t kSuperslabs = 256;
  std::vector<SuperslabIndex::Node> leaves(SuperslabIndex::NodesFor(kSuperslabs, 0));
  const std::unique_ptr<SuperslabIndex::Node> top(new SuperslabIndex::Node{});
  SuperslabIndex index;
  index.Place(0, leaves.data());
  index.Place(1, top.get());
  index.Grow(kSuperslabs);
  for (size_t s = kSuperslabs - 40; s < kSuperslabs; ++s) {
    index.Set(Kind::kFree, s, JustLength(kUnitsPerSuperslab));
  }
  EXPECT_EQ(index.FirstRow(Kind::kFree, 0, 40, false), kSuperslabs - 40);
  EXPECT_EQ(index.FirstRow(Kind::kFree, 200, 45, false), kNone);
}

TEST_F(SuperslabIndexTest, ALevelIsInUseOnlyWhereItIsNeeded) {
  EXPECT_EQ(SuperslabIndex::NodesFor(1, 0), 1u);
  EXPECT_EQ(SuperslabIndex::NodesFor(16, 1), 0u);
  EXPECT_EQ(SuperslabIndex::NodesFor(17, 0), 2u);
  EXPECT_EQ(SuperslabIndex::NodesFor(17, 1), 1u);
  EXPECT_EQ(SuperslabIndex::NodesFor(size_t{1} << 26, 6), 1u) << "64 TiB";
}

}  // namespace
}  // namespace hakmem
