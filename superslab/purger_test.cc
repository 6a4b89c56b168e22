// What the purger does, call by call. (Its thread: purger_thread_test.)
#include "superslab/purger.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "core/platform.h"
#include "core/platform_seams.h"
#include "superslab/process.h"
#include "superslab/test_process.h"

namespace hakmem {
namespace {

constexpr size_t kUnits = UnitsOfMiB(1) / 4;  // of a run
constexpr size_t kRuns = 64;                  // 16 MiB: more than may stay dirty

class PurgerTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(process.EnsureInitialized());
    StopClock();
    ASSERT_TRUE(thread_cache.heap != nullptr || thread_cache.Attach());
    thread_cache.GiveAllBack();
    process.superslabs.PurgeAll();
    process.superslabs.SetDirtyFloor(SuperslabHeap::kDirtyFloor * kUnitBytes);  // and no credit
    platform::GetSeams().now_ms += SuperslabHeap::kRegretShare * SuperslabHeap::kPurgeRoundMs;
    process.superslabs.PurgeDue();  // and nothing to regret
  }
  void TearDown() override {
    process.purger.AfterForkInChild();  // so that others may begin
    thread_cache.GiveAllBack();
    platform::GetSeams().now_ms = 0;
    process.superslabs.Validate();
  }

  static size_t Dirty() { return process.superslabs.GetTotals().dirty_units; }
  static size_t Used() { return process.superslabs.GetTotals().used_units; }

  static std::vector<size_t> TakeRuns() {
    std::vector<size_t> runs(kRuns);
    for (size_t& first : runs) {
      bool zeroed;
      first = process.superslabs.Allocate(kUnits, 1, &zeroed);
      EXPECT_NE(first, SuperslabHeap::kNone);
      process.superslabs.space().run(first)->Set(kUnits, kUnits * kUnitBytes);
      process.superslabs.map().Set(first, RegionMap::kRun);
    }
    return runs;
  }

  // Lets the thread's passes go by as fast as they come; returns how many ms that would have been.
  static uint64_t PassUntilQuiet(Purger* purger) {
    uint64_t sum = 0;
    for (;;) {
      const uint64_t ms = purger->Pass();
      if (ms == Purger::kUntilNoticed) return sum;
      EXPECT_GE(ms, Purger::kLeastPauseMs);
      EXPECT_LE(ms, SuperslabHeap::kPurgeRoundMs);
      sum += ms;
      platform::GetSeams().now_ms += ms;
    }
  }
};

TEST_F(PurgerTest, WhatWasFreedGoesBackWithoutAnotherCall) {
  Purger purger;
  PassUntilQuiet(&purger);
  for (const size_t first : TakeRuns()) process.FreeRun(first, kUnits);
  EXPECT_GT(Dirty(), 0u);
  platform::GetSeams().now_ms += 2 * SuperslabHeap::kPurgeRoundMs;
  purger.Pass();
  platform::GetSeams().now_ms += SuperslabHeap::kPurgeRoundMs;
  purger.Pass();
  EXPECT_EQ(Dirty(), 0u);
}

TEST_F(PurgerTest, WavesThatAreShortKeepTheirMemory) {
  Purger* const purger = &process.purger;
  ASSERT_TRUE(purger->Begin());
  const size_t purged = process.superslabs.GetTotals().purged_units;
  for (int wave = 0; wave < 20; ++wave) {
    for (const size_t first : TakeRuns()) process.FreeRun(first, kUnits);
    platform::GetSeams().now_ms += SuperslabHeap::kChurnMs / 2;
    purger->Pass();
    EXPECT_EQ(Dirty(), kRuns * kUnits);
  }
  EXPECT_EQ(process.superslabs.GetTotals().purged_units, purged);
  platform::GetSeams().now_ms += SuperslabHeap::kChurnMs;
  purger->Pass();
  EXPECT_LE(Dirty(), SuperslabHeap::kDirtyFloor) << "it has ended";
}

TEST_F(PurgerTest, CallsGiveBackWhereItIsLate) {
  Purger* const purger = &process.purger;
  ASSERT_TRUE(purger->Begin());
  for (const size_t first : TakeRuns()) process.FreeRun(first, kUnits);
  purger->Pass();
  platform::GetSeams().now_ms += SuperslabHeap::kMostLateMs;
  process.PurgeDue();
  EXPECT_EQ(Dirty(), kRuns * kUnits) << "not yet: it was due a little later";
  platform::GetSeams().now_ms += SuperslabHeap::kPurgeRoundMs;
  process.PurgeDue();
  EXPECT_LE(Dirty(), SuperslabHeap::kDirtyFloor);
}

TEST_F(PurgerTest, CallsGiveBackOnceItStopped) {
  Purger* const purger = &process.purger;
  ASSERT_TRUE(purger->Begin());
  purger->Stop();
  for (const size_t first : TakeRuns()) process.FreeRun(first, kUnits);
  EXPECT_LT(Dirty(), kRuns * kUnits);
}

TEST_F(PurgerTest, WhatAWaitingThreadKeepsGoesBack) {
  Purger purger;
  const size_t used = Used();
  Heap* const heap = thread_cache.heap;
  size_t units = kUnits;
  EXPECT_EQ(heap->TakeRun(&units, kUnits), SuperslabHeap::kNone) << "it asks";
  for (const size_t first : TakeRuns()) heap->KeepRun(first, kUnits);
  EXPECT_GT(Used(), used);
  PassUntilQuiet(&purger);
  EXPECT_EQ(Used(), used);
  EXPECT_EQ(Dirty(), 0u);
  // The heap goes on as if the thread had begun anew.
  EXPECT_EQ(heap->TakeRun(&units, kUnits), SuperslabHeap::kNone);
}

// However its last use and the rounds meet.
TEST_F(PurgerTest, WhatAThreadKeepsGoesBackIfItWorkedUntilTheLastRound) {
  Heap* const heap = thread_cache.heap;
  Purger* const purger = &process.purger;  // which heaps tell
  ASSERT_TRUE(purger->Begin());
  for (uint32_t rounds = 0; rounds <= Purger::kQuietRounds + 1; ++rounds) {
    const size_t used = Used();
    size_t units = kUnits;
    EXPECT_EQ(heap->TakeRun(&units, kUnits), SuperslabHeap::kNone) << "it asks";
    for (const size_t first : TakeRuns()) heap->KeepRun(first, kUnits);
    for (uint32_t i = 0; i < rounds; ++i) {
      units = kUnits;
      const size_t first = heap->TakeRun(&units, kUnits);
      ASSERT_NE(first, SuperslabHeap::kNone);
      heap->KeepRun(first, units);
      platform::GetSeams().now_ms += SuperslabHeap::kPurgeRoundMs;
      EXPECT_NE(purger->Pass(), Purger::kUntilNoticed);
    }
    PassUntilQuiet(purger);
    EXPECT_EQ(Used(), used) << "after " << rounds << " rounds";
  }
}

TEST_F(PurgerTest, SpareSlabsAndListsOnTheirWayGoBack) {
  Purger purger;
  constexpr SizeClass kClass = kTinyEnd - 1;
  std::thread([] { thread_cache.Push(thread_cache.Pop(kClass), kClass); }).join();
  EXPECT_GT(process.spares.Count(), 0u);
  const Chain chain = thread_cache.heap->Take(kClass, 4);
  ASSERT_TRUE(process.transfers.Put(kClass, chain.head, chain.count));
  PassUntilQuiet(&purger);
  EXPECT_EQ(process.spares.Count(), 0u);
  EXPECT_TRUE(process.transfers.SeemsEmpty());
}

TEST_F(PurgerTest, ItIsQuietInTheEndWhereTheKernelRefuses) {
  Purger purger;
  for (const size_t first : TakeRuns()) process.FreeRun(first, kUnits);
  platform::GetSeams().fail_purge = -1;
  EXPECT_LT(PassUntilQuiet(&purger), 60000u);
  platform::GetSeams().fail_purge = 0;
  EXPECT_GT(Dirty(), 0u);
}

}  // namespace
}  // namespace hakmem
