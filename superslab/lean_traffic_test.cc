#include "superslab/lean_traffic.h"

#include <gtest/gtest.h>

namespace hakmem {
namespace {

constexpr size_t kBytes = 60 * 1024;
constexpr uint64_t kNowMs = 1000;

// How often kBytes may be taken, and given back after that, until it is heavy.
size_t TurnsUntilHeavy(LeanTraffic traffic) {
  size_t turns = 0;
  while (!traffic.IsHeavy()) {
    traffic.Take(kBytes, kNowMs);
    traffic.GiveBack(kBytes);
    ++turns;
  }
  return turns;
}

// Likewise, if so much is out at most.
size_t TurnsFor(size_t most_out) {
  const size_t bytes = LeanTraffic::kLeastBytes + LeanTraffic::kTimes * most_out;
  return (bytes + kBytes - 1) / kBytes;
}

TEST(LeanTrafficTest, IsLightAtFirst) { EXPECT_FALSE(LeanTraffic().IsHeavy()); }

TEST(LeanTrafficTest, IsHeavyWhenItTookManyTimesWhatItHadOut) {
  EXPECT_EQ(TurnsUntilHeavy({}), TurnsFor(kBytes));
}

TEST(LeanTrafficTest, TripsCount) {
  LeanTraffic traffic;
  for (size_t i = 0; i < LeanTraffic::kLeastBytes / LeanTraffic::kTripBytes; ++i) {
    EXPECT_FALSE(traffic.IsHeavy());
    traffic.Trip();
  }
  EXPECT_TRUE(traffic.IsHeavy());
}

TEST(LeanTrafficTest, NoMoreCountsAsOutThanAHeapWouldKeep) {
  LeanTraffic traffic;
  for (size_t taken = 0; taken < 100 * LeanTraffic::kMostKept; taken += kBytes) {
    traffic.Take(kBytes, kNowMs);
  }
  traffic.NewRound();
  EXPECT_EQ(TurnsUntilHeavy(traffic), TurnsFor(LeanTraffic::kMostKept));
}

TEST(LeanTrafficTest, WhatOthersTookCountsForNothing) {
  LeanTraffic traffic;
  traffic.GiveBack(1000 * kBytes);
  EXPECT_EQ(TurnsUntilHeavy(traffic), TurnsUntilHeavy({}));
}

TEST(LeanTrafficTest, ARoundBeginsAnewWithWhatIsOut) {
  LeanTraffic traffic;
  traffic.Take(3 * kBytes, kNowMs);
  traffic.GiveBack(2 * kBytes);
  traffic.NewRound();
  // One is out all the time, and another by turns.
  EXPECT_EQ(TurnsUntilHeavy(traffic), TurnsFor(2 * kBytes));
}

TEST(LeanTrafficTest, AThreadThatEndsHasNothingOutAndItsTrafficCounts) {
  LeanTraffic traffic;
  traffic.Take(10 * kBytes, kNowMs);
  traffic.ThreadEnds();
  EXPECT_LT(TurnsUntilHeavy(traffic), TurnsUntilHeavy({}));
}

TEST(LeanTrafficTest, AThreadThatWaitsWithLittleOutBeginsAnew) {
  for (const uint64_t pause_ms : {LeanTraffic::kPauseMs - 1, LeanTraffic::kPauseMs}) {
    for (const size_t back : {kBytes, 2 * kBytes}) {
      LeanTraffic traffic;
      traffic.Take(4 * kBytes, kNowMs);
      for (int i = 0; i < 50; ++i) {
        traffic.GiveBack(kBytes);
        traffic.Take(kBytes, kNowMs);
      }
      traffic.GiveBack(back);
      traffic.Take(back, kNowMs + pause_ms);
      const bool waited = pause_ms == LeanTraffic::kPauseMs && back == 2 * kBytes;
      const size_t taken = back / kBytes;
      const size_t counted = waited ? taken : 54 + taken;
      size_t turns = 0;
      for (; !traffic.IsHeavy(); ++turns) {
        traffic.GiveBack(kBytes);
        traffic.Take(kBytes, kNowMs + pause_ms);
      }
      EXPECT_EQ(counted + turns, TurnsFor(4 * kBytes)) << pause_ms << " ms, " << back << " bytes";
    }
  }
}

}  // namespace
}  // namespace hakmem
