#include "superslab/run_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/config.h"
#include "superslab/address_space.h"
#include "superslab/test_space.h"

namespace hakmem {
namespace {

using Runs = std::vector<std::pair<size_t, size_t>>;
constexpr size_t kNone = AddressSpace::kNone;

class RunCacheTest : public testing::Test {
 protected:
  void SetUp() override {
    ResetSeams();
    MakeNextInitSmall();
    ASSERT_TRUE(space_.Init());
    ASSERT_EQ(space_.Grow(kSuperslabs), 0u);
  }
  void TearDown() override {
    ResetSeams();
    Discard(space_);
  }

  size_t Take(size_t units) { return cache_.Take(space_, &units, units); }
  // What had to go for it.
  Runs Put(size_t first, size_t units) {
    Runs released;
    cache_.Put(space_, first, units, [&](size_t u, size_t n) { released.emplace_back(u, n); });
    return released;
  }
  Runs Clear() {
    Runs released;
    cache_.Clear(space_, [&](size_t u, size_t n) { released.emplace_back(u, n); });
    std::sort(released.begin(), released.end());
    return released;
  }

  // Asks for a run and gives it back elsewhere, so that one of its size was wanted, and none is
  // lent.
  void Ask() {
    ASSERT_EQ(Take(kMost), kNone);
    ASSERT_EQ(Put(0, kMost), (Runs{{0, kMost}})) << "more than there is room for";
  }
  // Has the thread have so many units, an even number, that it did not free.
  void Lend(size_t units) {
    for (; units > 0; units -= 2) ASSERT_EQ(Take(2), kNone);
  }

  static constexpr size_t kSuperslabs = 8;
  static constexpr size_t kMost = RunCache::kMostUnits;
  static constexpr size_t kLeast = RunCache::kLeastRoom;
  static_assert(kMost > kLeast);

  AddressSpace space_;
  RunCache cache_;
};

TEST_F(RunCacheTest, IsEmptyAtFirst) {
  EXPECT_EQ(Take(1), kNone);
  EXPECT_EQ(Clear(), Runs());
}

TEST_F(RunCacheTest, KeepsNothingForWhoNeverAsks) {
  EXPECT_EQ(Put(10, 1), (Runs{{10, 1}}));
  Ask();
  EXPECT_EQ(Put(20, 1), Runs());
}

TEST_F(RunCacheTest, KeepsLittleForWhoFreedAll) {
  constexpr size_t kMany = kSuperslabs * kUnitsPerSuperslab;
  for (size_t i = 0; i < kMany; ++i) ASSERT_EQ(Take(1), kNone);
  size_t released = 0;
  for (size_t u = 0; u < kMany; ++u) released += Put(u, 1).size();
  EXPECT_EQ(released, kMany - kLeast);
}

TEST_F(RunCacheTest, CountsRunsThatGrewOrWentElsewhere) {
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(Take(kMost), kNone);
    cache_.Return(kMost);  // it is longer now, or was moved
    cache_.Lend(kMost + 1);
  }
  EXPECT_EQ(Put(0, kMost), (Runs{{0, kMost}})) << "none is lent: there is room for fewer";
}

TEST_F(RunCacheTest, GivesTheNewestOfJustTheSize) {
  Ask();
  EXPECT_EQ(Put(10, 1), Runs());
  EXPECT_EQ(Put(20, 2), Runs());
  EXPECT_EQ(Put(30, 1), Runs());
  EXPECT_EQ(Take(3), kNone);
  EXPECT_EQ(Take(1), 30u);
  EXPECT_EQ(Take(1), 10u);
  EXPECT_EQ(Take(1), kNone);
  EXPECT_EQ(Take(2), 20u);
  EXPECT_EQ(Take(2), kNone);
}

TEST_F(RunCacheTest, GivesOneThatIsLongerWhereThatMayBe) {
  Ask();
  EXPECT_EQ(Put(10, 7), Runs());
  EXPECT_EQ(Put(20, 5), Runs());
  EXPECT_EQ(Put(30, 4), Runs());
  size_t units = 4;
  EXPECT_EQ(cache_.Take(space_, &units, 6), 30u);
  EXPECT_EQ(units, 4u);
  EXPECT_EQ(cache_.Take(space_, &units, 6), 20u);
  EXPECT_EQ(units, 5u);
  units = 4;
  EXPECT_EQ(cache_.Take(space_, &units, 6), kNone);
  EXPECT_EQ(units, 4u);
  EXPECT_EQ(Clear(), (Runs{{10, 7}}));
}

TEST_F(RunCacheTest, AKeptRunSaysThatItHoldsNoBlock) {
  space_.run(10)->Set(1, kUnitBytes);
  Ask();
  EXPECT_EQ(Put(10, 1), Runs());
  EXPECT_EQ(space_.run(10)->bytes(), 0u);
  EXPECT_EQ(space_.run(10)->units(), 1u);
}

TEST_F(RunCacheTest, OfTheSizeThatHasMostOneGoesWhenItGetsTooMuch) {
  Ask();
  EXPECT_EQ(Put(100, 3), Runs());
  for (size_t i = 0; i < kLeast - 3; ++i) EXPECT_EQ(Put(200 + i, 1), Runs());
  EXPECT_EQ(Put(300, 2), (Runs{{200 + kLeast - 4, 1}, {200 + kLeast - 5, 1}}));
  EXPECT_EQ(Put(310, 1), (Runs{{310, 1}})) << "nobody asked since";
  EXPECT_EQ(Take(2), 300u);
  EXPECT_EQ(Put(320, kLeast).size(), 1 + kLeast - 5) << "all of the others";
  EXPECT_EQ(Take(kLeast), 320u);
}

TEST_F(RunCacheTest, HasMoreRoomForWhoHoldsMore) {
  constexpr size_t kShare = RunCache::kLentShare;
  Lend(2 * kMost * kShare + 2 * kMost);
  EXPECT_EQ(Put(100, kMost), Runs());
  EXPECT_EQ(Put(200, kMost), Runs());
  EXPECT_EQ(Put(300, 1), (Runs{{200, kMost}}));
  // And never more than so much.
  Lend(100 * kShare * RunCache::kMostRoom);
  size_t kept = kMost + 1;
  for (; kept + kMost <= RunCache::kMostRoom; kept += kMost) {
    EXPECT_EQ(Put(500 - kept / 4, kMost), Runs());
  }
  EXPECT_NE(Put(5, kMost), Runs());
}

TEST_F(RunCacheTest, WhatWasTakenMakesRoom) {
  Ask();
  EXPECT_EQ(Put(100, kLeast - 1), Runs());
  EXPECT_EQ(Take(kLeast - 1), 100u);
  EXPECT_EQ(Put(200, kLeast), Runs());
  EXPECT_EQ(Clear(), (Runs{{200, kLeast}}));
  EXPECT_EQ(Clear(), Runs());
}

TEST_F(RunCacheTest, DropsOneByItsPlace) {
  Ask();
  Put(10, 1);
  Put(20, 1);
  Put(30, 1);
  Put(40, 3);
  Runs released;
  const auto release = [&](size_t u, size_t n) { released.emplace_back(u, n); };
  EXPECT_FALSE(cache_.Drop(space_, 21, release));
  EXPECT_TRUE(cache_.Drop(space_, 20, release));
  EXPECT_FALSE(cache_.Drop(space_, 20, release));
  EXPECT_TRUE(cache_.Drop(space_, 40, release));
  EXPECT_EQ(released, (Runs{{20, 1}, {40, 3}}));
  EXPECT_EQ(Clear(), (Runs{{10, 1}, {30, 1}}));
}

TEST_F(RunCacheTest, WhatNobodyAskedForGoes) {
  Runs released;
  const auto release = [&](size_t u, size_t n) { released.emplace_back(u, n); };
  Ask();
  Put(10, 1);
  cache_.ClearIfIdle(space_, release);
  EXPECT_EQ(released, Runs()) << "asked since the start";
  cache_.ClearIfIdle(space_, release);
  EXPECT_EQ(released, (Runs{{10, 1}}));
  EXPECT_EQ(Put(20, 1), (Runs{{20, 1}}));
}

}  // namespace
}  // namespace hakmem
