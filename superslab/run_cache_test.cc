#include "superslab/run_cache.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace hakmem {
namespace {

using Runs = std::vector<std::pair<size_t, size_t>>;
constexpr size_t kNone = AddressSpace::kNone;

class RunCacheTest : public testing::Test {
 protected:
  // What had to go for it.
  Runs Put(size_t first, size_t units) {
    Runs released;
    cache_.Put(first, units, [&](size_t u, size_t n) { released.emplace_back(u, n); });
    return released;
  }
  Runs Clear() {
    Runs released;
    cache_.Clear([&](size_t u, size_t n) { released.emplace_back(u, n); });
    return released;
  }

  // Asks for a run of a size that there is none of.
  void Ask() { EXPECT_EQ(cache_.Take(RunCache::kMostUnits + 1), kNone); }

  RunCache cache_;
};

TEST_F(RunCacheTest, IsEmptyAtFirst) {
  EXPECT_EQ(cache_.Take(1), kNone);
  EXPECT_EQ(Clear(), Runs());
}

TEST_F(RunCacheTest, KeepsNothingForWhoNeverAsks) {
  EXPECT_EQ(Put(10, 1), (Runs{{10, 1}}));
  Ask();
  EXPECT_EQ(Put(20, 1), Runs());
}

TEST_F(RunCacheTest, GivesTheNewestOfJustTheSize) {
  Ask();
  EXPECT_EQ(Put(10, 1), Runs());
  EXPECT_EQ(Put(20, 2), Runs());
  EXPECT_EQ(Put(30, 1), Runs());
  EXPECT_EQ(cache_.Take(3), kNone);
  EXPECT_EQ(cache_.Take(1), 30u);
  EXPECT_EQ(cache_.Take(1), 10u);
  EXPECT_EQ(cache_.Take(1), kNone);
  EXPECT_EQ(cache_.Take(2), 20u);
  EXPECT_EQ(cache_.Take(2), kNone);
}

TEST_F(RunCacheTest, TheOldestGoWhenItGetsTooMuch) {
  constexpr size_t kMost = RunCache::kMostUnits;
  Ask();
  for (size_t i = 0; i < kMost; ++i) EXPECT_EQ(Put(100 + i, 1), Runs());
  EXPECT_EQ(Put(200, 2), (Runs{{100, 1}, {101, 1}}));
  EXPECT_EQ(Put(210, 1), (Runs{{210, 1}})) << "nobody asked since";
  Ask();
  EXPECT_EQ(Put(300, kMost).size(), kMost - 1) << "all of the others";
  EXPECT_EQ(cache_.Take(2), kNone);
  EXPECT_EQ(cache_.Take(kMost), 300u);
}

TEST_F(RunCacheTest, WhatWasTakenMakesRoom) {
  constexpr size_t kMost = RunCache::kMostUnits;
  Ask();
  EXPECT_EQ(Put(100, kMost - 1), Runs());
  EXPECT_EQ(cache_.Take(kMost - 1), 100u);
  EXPECT_EQ(Put(200, kMost), Runs());
  EXPECT_EQ(Clear(), (Runs{{200, kMost}}));
  EXPECT_EQ(Clear(), Runs());
}

TEST_F(RunCacheTest, DropsOneByItsPlace) {
  Ask();
  Put(10, 1);
  Put(20, 2);
  Put(30, 3);
  Runs released;
  const auto release = [&](size_t u, size_t n) { released.emplace_back(u, n); };
  EXPECT_FALSE(cache_.Drop(21, release));
  EXPECT_TRUE(cache_.Drop(20, release));
  EXPECT_FALSE(cache_.Drop(20, release));
  EXPECT_EQ(released, (Runs{{20, 2}}));
  EXPECT_EQ(Clear(), (Runs{{10, 1}, {30, 3}}));
}

}  // namespace
}  // namespace hakmem
