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

  RunCache cache_;
};

TEST_F(RunCacheTest, IsEmptyAtFirst) {
  EXPECT_EQ(cache_.Take(1), kNone);
  EXPECT_EQ(Clear(), Runs());
}

TEST_F(RunCacheTest, GivesTheNewestOfJustTheSize) {
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
  for (size_t i = 0; i < kMost; ++i) EXPECT_EQ(Put(100 + i, 1), Runs());
  EXPECT_EQ(Put(200, 2), (Runs{{100, 1}, {101, 1}}));
  EXPECT_EQ(Put(300, kMost).size(), kMost - 1) << "all of the others";
  EXPECT_EQ(cache_.Take(2), kNone);
  EXPECT_EQ(cache_.Take(kMost), 300u);
}

TEST_F(RunCacheTest, WhatWasTakenMakesRoom) {
  constexpr size_t kMost = RunCache::kMostUnits;
  EXPECT_EQ(Put(100, kMost - 1), Runs());
  EXPECT_EQ(cache_.Take(kMost - 1), 100u);
  EXPECT_EQ(Put(200, kMost), Runs());
  EXPECT_EQ(Clear(), (Runs{{200, kMost}}));
  EXPECT_EQ(Clear(), Runs());
}

}  // namespace
}  // namespace hakmem
