#include "superslab/lean_traffic.h"

#include <gtest/gtest.h>

namespace hakmem {
namespace {

constexpr size_t kBytes = 64 * 1024;

// How often kBytes may be taken, and given back after that, until it is heavy.
size_t TurnsUntilHeavy(LeanTraffic traffic) {
  size_t turns = 0;
  while (!traffic.IsHeavy()) {
    traffic.Take(kBytes);
    traffic.GiveBack(kBytes);
    ++turns;
  }
  return turns;
}

TEST(LeanTrafficTest, IsLightAtFirst) { EXPECT_FALSE(LeanTraffic().IsHeavy()); }

TEST(LeanTrafficTest, IsHeavyWhenItTookManyTimesWhatItHadOut) {
  EXPECT_EQ(TurnsUntilHeavy({}) * kBytes, LeanTraffic::kLeastBytes + LeanTraffic::kTimes * kBytes);
}

TEST(LeanTrafficTest, WhoKeepsAllIsNeverHeavy) {
  LeanTraffic traffic;
  for (int i = 0; i < 100'000; ++i) traffic.Take(kBytes);
  EXPECT_FALSE(traffic.IsHeavy());
}

TEST(LeanTrafficTest, WhatOthersTookCountsForNothing) {
  LeanTraffic traffic;
  traffic.GiveBack(1000 * kBytes);
  EXPECT_EQ(TurnsUntilHeavy(traffic), TurnsUntilHeavy({}));
}

TEST(LeanTrafficTest, ARoundBeginsAnewWithWhatIsOut) {
  LeanTraffic traffic;
  traffic.Take(3 * kBytes);
  traffic.GiveBack(2 * kBytes);
  traffic.NewRound();
  // One is out all the time, and another by turns.
  EXPECT_EQ(TurnsUntilHeavy(traffic) * kBytes,
            LeanTraffic::kLeastBytes + LeanTraffic::kTimes * 2 * kBytes);
}

}  // namespace
}  // namespace hakmem
