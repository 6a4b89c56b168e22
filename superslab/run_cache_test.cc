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

  size_t Take(size_t* units, size_t most) {
    return cache_.Take(space_, &shared_, units, most,
                       [this](size_t u, size_t) { gone_.push_back(u); });
  }
  size_t Take(size_t units) { return Take(&units, units); }
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

  void Ask() { ASSERT_EQ(Take(kMost), kNone); }
  // Asks for `count` runs of `units` units, puts as many back, and returns how many had to go.
  size_t Burst(size_t count, size_t units) {
    std::vector<size_t> runs;
    for (size_t i = 0; i < count; ++i) {
      size_t run = Take(units);
      if (run == kNone && !gone_.empty()) {
        run = gone_.back();
        gone_.pop_back();
      }
      runs.push_back(run != kNone ? run : next_ += kMost);
    }
    size_t gone = 0;
    for (const size_t run : runs) {
      for (const auto& [u, n] : Put(run, units)) {
        gone_.push_back(u);
        ++gone;
      }
    }
    return gone;
  }

  static constexpr size_t kSuperslabs = 64;
  static constexpr size_t kMost = RunCache::kMostUnits;
  static constexpr size_t kLeast = RunCache::kLeastRoom;
  static_assert(kMost > kLeast);

  AddressSpace space_;
  SharedRunRoom shared_;
  RunCache cache_;
  size_t next_ = 0;  // for Burst, which takes elsewhere what is not kept
  std::vector<size_t> gone_;
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

TEST_F(RunCacheTest, KeepsLittleAtFirst) {
  EXPECT_EQ(Burst(2 * kLeast, 1), kLeast);
  EXPECT_EQ(Clear().size(), kLeast);
}

TEST_F(RunCacheTest, HasRoomForWhatIsTakenAndFreedByTurns) {
  constexpr size_t kUnits = 3;
  constexpr size_t kRuns = 40;
  static_assert(kRuns * kUnits > 2 * kLeast);
  EXPECT_GT(Burst(kRuns, kUnits), 0u);
  size_t bursts = 1;
  while (Burst(kRuns, kUnits) > 0) ASSERT_LT(++bursts, 8u);
  EXPECT_EQ(Clear().size(), kRuns);
}

TEST_F(RunCacheTest, NeverHasRoomForMoreThanSoMuch) {
  constexpr size_t kUnits = 32;
  constexpr size_t kRuns = RunCache::kMostRoom / kUnits;
  for (int i = 0; i < 20; ++i) Burst(kRuns + 5, kUnits);
  EXPECT_EQ(Clear().size(), kRuns);
}

TEST_F(RunCacheTest, HasRoomForNoMoreThanTheThreadHad) {
  // It has one run at a time, of a few sizes in turn.
  for (int i = 0; i < 100; ++i) {
    for (size_t units = kMost - 8; units < kMost; ++units) Burst(1, units);
  }
  EXPECT_LT(Clear().size(), 2u);
}

TEST_F(RunCacheTest, CountsRunsThatGrewOrWentElsewhere) {
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(Take(kMost), kNone);
    cache_.Return(kMost);  // it is longer now, or was moved
    cache_.Lend(kMost + 1);
  }
  for (int i = 0; i < 100; ++i) Burst(1, kMost - static_cast<size_t>(i) % 8);
  EXPECT_LT(Clear().size(), 2u);
}

TEST_F(RunCacheTest, SharesRoomWithOthers) {
  constexpr size_t kUnits = kLeast / 2;
  // What others left would do for four runs more: it leaves the half of it.
  shared_.Reset(SharedRunRoom::kUnits - 4 * kUnits);
  for (int i = 0; i < 20; ++i) Burst(8, kUnits);
  EXPECT_EQ(shared_.taken(), SharedRunRoom::kUnits - 2 * kUnits);
  EXPECT_FALSE(shared_.Take(1, 2 * kUnits));
  EXPECT_TRUE(shared_.Take(kUnits, 0)) << "for somebody else";
  shared_.Return(kUnits);
  Runs released;
  cache_.Reset(space_, &shared_, [&](size_t u, size_t n) { released.emplace_back(u, n); });
  EXPECT_EQ(released.size(), 4u) << "twice as many as at first";
  EXPECT_EQ(shared_.taken(), SharedRunRoom::kUnits - 4 * kUnits);
}

TEST_F(RunCacheTest, HasLessRoomWhereWhatItKeepsIsOfNoUse) {
  while (Burst(8, kLeast / 2) > 0) {
  }
  EXPECT_EQ(shared_.taken(), 3 * kLeast);
  gone_.clear();
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(Take(3), kNone) << "short ones cost nothing";
  EXPECT_EQ(shared_.taken(), 3 * kLeast);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(Take(kLeast), kNone) << "no such run, and no ghost";
  EXPECT_EQ(shared_.taken(), 0u);
  EXPECT_EQ(gone_.size(), 6u) << "at once: what they have been is others' room now";
  EXPECT_EQ(Clear().size(), 2u) << "as at first";
}

TEST_F(RunCacheTest, ForgetsGhosts) {
  ASSERT_EQ(Burst(2, kLeast), 1u);
  ASSERT_EQ(Clear().size(), 1u);
  // So many others come after it that keeping it would have been of no use.
  for (size_t i = 0; i < 2 * kMost; ++i) Put(2000 + i, 1);
  EXPECT_EQ(Take(kLeast), kNone);
  EXPECT_EQ(Burst(2, kLeast), 1u) << "there is no more room than before";
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
  EXPECT_EQ(Take(&units, 6), 30u);
  EXPECT_EQ(units, 4u);
  EXPECT_EQ(Take(&units, 6), 20u);
  EXPECT_EQ(units, 5u);
  units = 4;
  EXPECT_EQ(Take(&units, 6), kNone);
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
  cache_.EndRound(space_, &shared_, release);
  EXPECT_EQ(released, Runs()) << "asked since the start";
  cache_.EndRound(space_, &shared_, release);
  EXPECT_EQ(released, (Runs{{10, 1}}));
  EXPECT_EQ(Put(20, 1), (Runs{{20, 1}}));
}

}  // namespace
}  // namespace hakmem
