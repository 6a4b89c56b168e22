// When memory goes back to the kernel (superslab_purge.cc).

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <thread>
#include <vector>

#include "core/config.h"
#include "superslab/superslab_heap.h"
#include "superslab/superslab_heap_fixture.h"
#include "superslab/test_space.h"

namespace hakmem {
namespace {

constexpr size_t kNone = SuperslabHeap::kNone;
constexpr size_t kRoundMs = SuperslabHeap::kPurgeRoundMs;

TEST_F(SuperslabHeapTest, PurgesEverythingWhenAsked) {
  ASSERT_EQ(Allocate(40), 0u);
  Touch(0, 40);
  Free(10, 20);
  EXPECT_EQ(heap_.PurgeAll(), 20 * kUnitBytes);
  EXPECT_EQ(heap_.PurgeAll(), 0u);
  EXPECT_EQ(platform::GetSeams().purged_bytes, 20 * kUnitBytes);
  EXPECT_EQ(purged(), 20u);
  EXPECT_EQ(dirty(), 0u);
  EXPECT_FALSE(IsZero(0, 10)) << "what is used stays";
  EXPECT_FALSE(IsZero(30, 10));
  ASSERT_EQ(Allocate(20), 10u);
  EXPECT_TRUE(zeroed_);
  EXPECT_TRUE(IsZero(10, 20));
}

// Rule 1: dirty <= max(kDirtyFloor, used / kDirtyShare) where the program shrinks, as long as
// nothing is regretted.
TEST_F(SuperslabHeapTest, Rule1KeepsAShareOfWhatIsUsed) {
  constexpr size_t kUnits = 12 * SuperslabHeap::kDirtyFloor;
  for (size_t u = 0; u < kUnits; ++u) ASSERT_EQ(Allocate(1), u);
  Sleep(kRoundMs);  // without an allocation
  for (size_t u = 0; u < kUnits; ++u) {
    heap_.Free(u * 7 % kUnits, 1);
    const SuperslabHeap::Totals totals = heap_.GetTotals();
    ASSERT_LE(totals.dirty_units,
              std::max(SuperslabHeap::kDirtyFloor, totals.used_units / SuperslabHeap::kDirtyShare));
    ASSERT_TRUE(u >= SuperslabHeap::kDirtyFloor || totals.purged_units == 0);
  }
  heap_.Validate();
  EXPECT_EQ(dirty() + purged(), kUnits);
  EXPECT_EQ(platform::GetSeams().purged_bytes, purged() * kUnitBytes);
  EXPECT_GT(dirty(), SuperslabHeap::kDirtyFloor / 2) << "it keeps some";
}

TEST_F(SuperslabHeapTest, Rule1WaitsUntilHalfIsFree) {
  constexpr size_t kUnits = 12 * SuperslabHeap::kDirtyFloor;
  for (size_t u = 0; u < kUnits; ++u) ASSERT_EQ(Allocate(1), u);
  for (size_t u = 0; u < kUnits / 2; ++u) Free(u, 1);
  EXPECT_EQ(purged(), 0u) << "units may be taken again in a moment";
  Free(kUnits - 1, 1);
  EXPECT_LE(dirty(), kUnits / 2 / SuperslabHeap::kDirtyShare);
}

TEST_F(SuperslabHeapTest, Rule1LeavesWhatComesAndGoes) {
  constexpr size_t kUnits = 12 * SuperslabHeap::kDirtyFloor;
  for (size_t u = 0; u < kUnits; ++u) ASSERT_EQ(Allocate(1), u);
  for (int i = 0; i < 10; ++i) {
    for (size_t u = 0; u < kUnits / 2; ++u) Free(u, 1);
    Sleep(kRoundMs - 1);  // and nobody frees, or asks what is due
    for (size_t u = 0; u < kUnits / 2; ++u) ASSERT_LT(Allocate(1), kUnits / 2);
  }
  EXPECT_EQ(purged(), 0u);
}

TEST_F(SuperslabHeapTest, Rule1LeavesLargeRunsThatAreReplaced) {
  constexpr size_t kUnits = 6 * SuperslabHeap::kDirtyFloor;
  ASSERT_NE(Allocate(kUnits / 8), kNone);
  for (int i = 0; i < 10; ++i) {
    const size_t first = Allocate(kUnits);
    ASSERT_NE(first, kNone);
    Free(first, kUnits);
  }
  EXPECT_EQ(purged(), 0u);
  Sleep(SuperslabHeap::kChurnMs);
  heap_.PurgeDue();
  EXPECT_LE(dirty(), SuperslabHeap::kDirtyFloor) << "it has not come back";
}

TEST_F(SuperslabHeapTest, Rule1CountsCallsAndUnits) {
  for (const size_t calls :
       {size_t{1}, SuperslabHeap::kChurnFrees, SuperslabHeap::kChurnFrees + 1}) {
    for (const size_t units : {SuperslabHeap::kChurnUnits, SuperslabHeap::kChurnUnits + calls}) {
      const size_t before = purged();
      const size_t first = Allocate(units);
      ASSERT_NE(first, kNone);
      const size_t each = units / calls;
      for (size_t i = 0; i + 1 < calls; ++i) Free(first + i * each, each);
      Free(first + (calls - 1) * each, units - (calls - 1) * each);
      const bool falls = calls > SuperslabHeap::kChurnFrees || units > SuperslabHeap::kChurnUnits;
      EXPECT_EQ(purged() > before, falls) << calls << " calls, " << units << " units";
      heap_.PurgeAll();
      Sleep(SuperslabHeap::kRegretShare * kRoundMs);  // nothing is regretted
    }
  }
}

TEST_F(SuperslabHeapTest, WhereTheKernelRefusesToPurgeItIsNotAskedAtOnceAgain) {
  constexpr size_t kUnits = 12 * SuperslabHeap::kDirtyFloor;
  ASSERT_EQ(Allocate(kUnits), 0u);
  Free(0, kUnits);
  auto& failures = platform::GetSeams().fail_purge;
  constexpr int kMany = 1000;
  failures = kMany;
  Sleep(SuperslabHeap::kChurnMs);
  heap_.PurgeDue();
  const int left = failures;
  EXPECT_LT(left, kMany);
  heap_.PurgeDue();
  EXPECT_EQ(failures, left);
  Sleep(SuperslabHeap::kChurnMs);
  heap_.PurgeDue();
  EXPECT_LT(failures, left);
}

class CreditTest : public SuperslabHeapTest {
 protected:
  void SetUp() override {
    ResetSeams();
    MakeNextInitSmall();
    ASSERT_TRUE(heap_.Init());
  }
  // What a large run leaves.
  size_t DirtyAfterAWave() {
    constexpr size_t kWave = 2 * SuperslabHeap::kChurnUnits;
    Free(Allocate(kWave), kWave);
    return dirty();
  }
};

TEST_F(CreditTest, AProcessThatBeginsHasSome) {
  const size_t first = DirtyAfterAWave();
  EXPECT_GE(first, SuperslabHeap::kCredit / 4 * 3);
  EXPECT_LE(first, SuperslabHeap::kCredit + SuperslabHeap::kDirtyFloor);
}

TEST_F(CreditTest, IsHalfAsMuchAfterARound) {
  Sleep(SuperslabHeap::kPurgeRoundMs);
  heap_.PurgeDue();
  const size_t then = DirtyAfterAWave();
  EXPECT_GE(then, SuperslabHeap::kCredit / 2 / 4 * 3);
  EXPECT_LE(then, SuperslabHeap::kCredit / 2 + SuperslabHeap::kDirtyFloor);
}

TEST_F(CreditTest, IsGoneAfterAWhileWithoutCalls) {
  Sleep(20 * SuperslabHeap::kPurgeRoundMs);
  EXPECT_LE(DirtyAfterAWave(), SuperslabHeap::kDirtyFloor);
}

TEST_F(CreditTest, IsNotGivenToAProgramThatSaysHowMuchIsKept) {
  heap_.SetDirtyFloor(0);
  EXPECT_EQ(DirtyAfterAWave(), 0u);
}

TEST_F(SuperslabHeapTest, Rule1PaysForTheFirstWaveOnly) {
  constexpr size_t kUnits = 4 * SuperslabHeap::kDirtyFloor;
  size_t purged_before = 0;
  for (int wave = 0; wave < 6; ++wave) {
    for (size_t u = 0; u < kUnits; ++u) ASSERT_LT(Allocate(1), kUnits);
    for (size_t u = 0; u < kUnits; ++u) heap_.Free(u, 1);
    const size_t now = purged() - purged_before;
    purged_before = purged();
    if (wave == 0) {
      EXPECT_GE(now, kUnits - SuperslabHeap::kDirtyFloor);
    } else {
      EXPECT_LE(now, kUnits / 10) << "wave " << wave;
    }
  }
  // Regret wears off: what nobody takes goes back in the end.
  for (int round = 0; round < 20; ++round) {
    Sleep(kRoundMs);
    const size_t first = Allocate(1);
    heap_.Free(first, 1);
  }
  EXPECT_LE(dirty(), SuperslabHeap::kDirtyFloor);
}

TEST_F(SuperslabHeapTest, WhatWasGivenBackLongAgoIsNotRegretted) {
  constexpr size_t kUnits = 4 * SuperslabHeap::kDirtyFloor;
  // How much goes back in a wave that comes so many rounds after all did.
  const auto wave_after = [&](uint64_t rounds) {
    heap_.PurgeAll();
    Sleep(rounds * kRoundMs);
    heap_.PurgeDue();
    const size_t before = purged();
    for (size_t u = 0; u < kUnits; ++u) EXPECT_LT(Allocate(1), kUnits);
    for (size_t u = 0; u < kUnits; ++u) heap_.Free(u, 1);
    return purged() - before;
  };
  EXPECT_GE(wave_after(0), kUnits - SuperslabHeap::kDirtyFloor);
  EXPECT_GE(wave_after(SuperslabHeap::kRegretShare), kUnits - SuperslabHeap::kDirtyFloor);
  EXPECT_LE(wave_after(2), kUnits / 10);
}

TEST_F(SuperslabHeapTest, WhatSlowWavesUseIsRegrettedAsLong) {
  constexpr size_t kUnits = 24 * SuperslabHeap::kDirtyFloor;
  size_t purged_before = 0;
  for (int wave = 0; wave < 10; ++wave) {
    for (size_t u = 0; u < kUnits; ++u) ASSERT_LT(Allocate(1), kUnits);
    if (wave > 0) Sleep(kRoundMs);
    for (size_t u = 0; u < kUnits; ++u) heap_.Free(u, 1);
    const size_t now = purged() - purged_before;
    purged_before = purged();
    // An eighth wears off; and where the limit is exceeded, a quarter of it goes back.
    if (wave > 0) {
      EXPECT_LE(now, kUnits / 4) << "wave " << wave;
    }
  }
  // What nobody takes is not.
  Sleep(kRoundMs);
  heap_.PurgeDue();
  Sleep(kRoundMs);
  for (size_t left = kUnits; left > 0; left -= std::min(left, SuperslabHeap::kMostPurged)) {
    heap_.PurgeDue();
  }
  EXPECT_LE(dirty(), SuperslabHeap::kDirtyFloor);
}

TEST_F(SuperslabHeapTest, Rule1GivesBackSoMuchInACall) {
  constexpr size_t kMost = SuperslabHeap::kMostPurged;
  constexpr size_t kRuns = 6 * kMost / kUnitsPerSuperslab;
  for (size_t i = 0; i < kRuns; ++i) heap_.Allocate(kUnitsPerSuperslab, 1, &zeroed_);
  size_t most = 0;
  for (size_t i = 0; i < kRuns; ++i) {
    const size_t before = purged();
    heap_.Free(i * kUnitsPerSuperslab, kUnitsPerSuperslab);
    most = std::max(most, purged() - before);
  }
  EXPECT_EQ(most, kMost);
  EXPECT_LE(dirty(), SuperslabHeap::kDirtyFloor) << "but everything in the end";
}

// There may be no other call.
TEST_F(SuperslabHeapTest, Rule1GivesBackMoreWhereMoreIsFreed) {
  constexpr size_t kUnits = 2 * SuperslabHeap::kMostPurged;
  for (size_t i = 0; i < 3; ++i) ASSERT_EQ(Allocate(kUnits), kUnits * i);
  for (size_t i = 0; i < 3; ++i) Free(kUnits * i, kUnits);
  EXPECT_LE(dirty(), SuperslabHeap::kDirtyFloor);
}

TEST_F(SuperslabHeapTest, ACallThatFreesNothingGivesBackSoMuch) {
  constexpr size_t kMost = SuperslabHeap::kMostPurged;
  ASSERT_EQ(Allocate(5 * kMost / 2), 0u);
  platform::GetSeams().fail_purge = -1;  // or there would be nothing left to do
  Free(0, 5 * kMost / 2);
  platform::GetSeams().fail_purge = 0;
  size_t calls = 0;
  while (dirty() > 0) {
    const size_t before = purged();
    Sleep(kRoundMs);
    heap_.PurgeDue();
    EXPECT_LE(purged() - before, kMost);
    ASSERT_LE(++calls, 5u);
  }
}

TEST_F(SuperslabHeapTest, Rule3LeavesWhatTheProgramWantsToBeKept) {
  constexpr size_t kUnits = SuperslabHeap::kDirtyFloor + 1;
  heap_.SetDirtyFloor(kUnits * kUnitBytes);
  ASSERT_EQ(Allocate(kUnits), 0u);
  Free(0, kUnits);
  for (int round = 0; round < 4; ++round) {
    Sleep(kRoundMs);
    heap_.PurgeDue();
  }
  EXPECT_EQ(dirty(), kUnits);
}

// Rule 2: new memory is not taken while old memory lies idle, but for the spare.
TEST_F(SuperslabHeapTest, Rule2DoesNotRaiseThePeakByWhatIsIdle) {
  constexpr size_t kRuns = 100;
  constexpr size_t kUnits = 16;
  for (size_t i = 0; i < kRuns; ++i) ASSERT_EQ(Allocate(kUnits), i * kUnits);
  // Holes of three units, which no run of 16 fits into: within rule 1.
  for (size_t i = 0; i < kRuns; ++i) Free(i * kUnits, 3);
  ASSERT_EQ(dirty(), 3 * kRuns);
  for (int i = 0; i < 50; ++i) {
    ASSERT_NE(Allocate(kUnits), kNone);
    ASSERT_TRUE(zeroed_);
    const SuperslabHeap::Totals totals = heap_.GetTotals();
    const size_t spare = totals.peak_used_units / SuperslabHeap::kSpareShare;
    ASSERT_GT(spare, SuperslabHeap::kSpareUnits);
    ASSERT_LE(totals.used_units + totals.dirty_units, totals.peak_used_units + spare);
  }
}

TEST_F(SuperslabHeapTest, WhatRule2GivesBackIsNotRegretted) {
  constexpr size_t kRuns = 100;
  constexpr size_t kUnits = 16;
  for (size_t i = 0; i < kRuns; ++i) ASSERT_EQ(Allocate(kUnits), i * kUnits);
  for (size_t i = 0; i < kRuns; ++i) Free(i * kUnits, 3);
  std::vector<size_t> more(50);
  for (size_t& run : more) run = Allocate(kUnits);
  ASSERT_GT(purged(), 100u);
  for (size_t i = 0; i < kRuns; ++i) Free(i * kUnits + 3, kUnits - 3);
  for (const size_t run : more) Free(run, kUnits);
  EXPECT_LE(dirty(), SuperslabHeap::kDirtyFloor);
}

// As many bytes of tails go back as the heap grew by, but none that is not worth a call.
TEST_F(SuperslabHeapTest, TailsGoBackAsTheHeapGrows) {
  constexpr size_t kTail = SuperslabHeap::kLeastTail;
  const auto purge_tail = [this](size_t u, size_t bytes) {
    Touch(u, 1);
    heap_.PurgeTail(u, 1, kUnitBytes - bytes);
    EXPECT_EQ(At(u)[kUnitBytes - bytes - kPageBytes], 'x') << "before the tail";
    return At(u)[kUnitBytes - bytes] == 0 && At(u)[kUnitBytes - kPageBytes] == 0;
  };
  ASSERT_EQ(Allocate(1), 0u);
  EXPECT_FALSE(purge_tail(0, kTail - kPageBytes));
  for (size_t i = 0; i < kUnitBytes / kTail; ++i) EXPECT_TRUE(purge_tail(0, kTail));
  EXPECT_FALSE(purge_tail(0, kTail));
  Free(0, 1);
  ASSERT_EQ(Allocate(1), 0u);
  EXPECT_FALSE(purge_tail(0, kTail)) << "the heap was as large before";

  const size_t more = 2 * SuperslabHeap::kMostTails / kUnitBytes;
  ASSERT_NE(Allocate(more), SuperslabHeap::kNone);
  size_t purged_bytes = 0;
  while (purge_tail(0, kTail)) purged_bytes += kTail;
  EXPECT_EQ(purged_bytes, SuperslabHeap::kMostTails / kTail * kTail);
}

// Rule 3: what was dirty for two rounds goes back on the next call, and not what was dirty for less
// than one.
TEST_F(SuperslabHeapTest, Rule3PurgesWhatIsOld) {
  ASSERT_EQ(Allocate(64), 0u);
  Free(0, 8);
  // Any call will do, also one that neither takes nor leaves anything dirty.
  size_t last = 64;
  const auto call = [this, &last] { heap_.Free(--last, 1, /*clean=*/true); };
  Sleep(kRoundMs - 1);
  call();
  EXPECT_EQ(purged(), 0u);
  for (uint64_t elapsed = 0; elapsed <= kRoundMs; elapsed += kRoundMs / 4) {
    Sleep(kRoundMs / 4);
    call();
  }
  EXPECT_EQ(dirty(), 0u);
  EXPECT_EQ(purged(), 8u);
}

TEST_F(SuperslabHeapTest, Rule3LeavesWhatIsYoung) {
  ASSERT_EQ(Allocate(64), 0u);
  for (int i = 0; i < 10; ++i) {
    // Everything that is dirty is taken within a round.
    Free(0, 32);
    Sleep(kRoundMs - 1);
    ASSERT_EQ(Allocate(32), 0u);
    Sleep(1);
  }
  EXPECT_EQ(purged(), 0u);
}

TEST_F(SuperslabHeapTest, NothingHappensByTimeAlone) {
  ASSERT_EQ(Allocate(64), 0u);
  Free(0, 8);
  Sleep(100 * kRoundMs);
  EXPECT_EQ(dirty(), 8u);
}

TEST_F(SuperslabHeapTest, ToleratesAKernelThatDoesNotPurge) {
  constexpr size_t kUnits = 8 * SuperslabHeap::kDirtyFloor;
  for (size_t u = 0; u < kUnits; ++u) ASSERT_EQ(Allocate(1), u);
  Touch(0, kUnits);
  platform::GetSeams().fail_purge = -1;
  for (size_t u = 0; u < kUnits; ++u) Free(u, 1);
  EXPECT_EQ(dirty(), kUnits);
  EXPECT_EQ(purged(), 0u);
  EXPECT_EQ(heap_.PurgeAll(), 0u);
  Sleep(kRoundMs);
  ASSERT_NE(Allocate(1), kNone);
  Sleep(kRoundMs);
  const size_t first = Allocate(64);
  ASSERT_NE(first, kNone);
  EXPECT_TRUE(!zeroed_ || IsZero(first, 64));
  heap_.Validate();
  platform::GetSeams().fail_purge = 0;
  heap_.PurgeAll();
  EXPECT_EQ(dirty(), 0u);
  EXPECT_EQ(purged() + used(), kUnits);
}

TEST_F(SuperslabHeapTest, PurgesWhatItCanWhenSomeIsRefused) {
  ASSERT_EQ(Allocate(64), 0u);
  ASSERT_EQ(Allocate(64), 64u);
  Touch(0, 128);
  for (size_t u = 0; u < 64; u += 4) heap_.Free(u, 2);
  platform::GetSeams().fail_purge = 3;
  for (int i = 0; i < 4; ++i) heap_.PurgeAll();
  EXPECT_EQ(dirty(), 0u);
  EXPECT_EQ(purged(), 32u);
}

TEST_F(SuperslabHeapTest, OneLockedPageKeepsNoOtherMemory) {
  constexpr size_t kUnits = 4 * kUnitsPerSuperslab;
  ASSERT_EQ(Allocate(kUnits), 0u);
  heap_.Free(0, kUnits - 1);
  platform::GetSeams().fail_purge = 1;  // of the highest, which goes first
  heap_.PurgeAll();
  EXPECT_EQ(dirty(), kUnitsPerSuperslab - 1);
}

// What other threads see while one gives memory back.
class PurgingTest : public SuperslabHeapTest {
 protected:
  // Calls look() in the middle of a purge of units 2 to 4.
  void WhilePurging(void (*look)(SuperslabHeap* heap)) {
    ASSERT_EQ(Allocate(10), 0u);
    Touch(0, 10);
    Free(2, 3);
    static SuperslabHeap* heap;
    static void (*looks)(SuperslabHeap*);
    heap = &heap_;
    looks = look;
    platform::GetSeams().during_purge = [] { looks(heap); };
    EXPECT_EQ(heap_.PurgeAll(), 3 * kUnitBytes);
    platform::GetSeams().during_purge = nullptr;
    heap_.Validate();
    EXPECT_EQ(dirty(), 0u);
  }
};

TEST_F(PurgingTest, OthersMayTakeAndFreeUnitsButNotThose) {
  WhilePurging([](SuperslabHeap* heap) {
    bool zeroed;
    EXPECT_EQ(heap->Allocate(1, 1, &zeroed), 10u);
    heap->Free(0, 2);
    heap->Free(10, 1);
    EXPECT_EQ(heap->GetTotals().dirty_units, 3u);
    heap->Validate();
    EXPECT_EQ(heap->Allocate(2, 1, &zeroed), 0u);
    EXPECT_EQ(heap->Allocate(1, 1, &zeroed), 10u);
  });
  EXPECT_EQ(Allocate(3), 2u);
  EXPECT_TRUE(zeroed_);
}

TEST_F(PurgingTest, TheChildOfAForkHasThem) {
  WhilePurging([](SuperslabHeap* heap) {
    const pid_t child = fork();
    if (child == 0) {
      heap->AfterForkInChild();
      heap->Validate();
      bool zeroed;
      const bool has =
          heap->GetTotals().dirty_units == 3 && heap->Allocate(3, 1, &zeroed) == 2 && !zeroed;
      _exit(has ? 0 : 1);
    }
    int status = -1;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  });
}

// A round that another thread ended in the middle of a purge is not ended once more.
TEST_F(PurgingTest, ARoundEndsOnce) {
  static SuperslabHeap* heap;
  heap = &heap_;
  ASSERT_EQ(Allocate(200), 0u);
  heap_.SetDirtyFloor(0);
  const uint16_t round = heap_.round();
  platform::GetSeams().now_ms += SuperslabHeap::kChurnMs;
  platform::GetSeams().during_purge = [] {
    platform::GetSeams().during_purge = nullptr;
    platform::GetSeams().now_ms += kRoundMs;
    heap->Free(190, 1);  // as another thread would
  };
  Free(0, 150);
  EXPECT_EQ(heap_.round(), round + 1);
}

// Rule 2 asks for so many units; what others free meanwhile does not go back as well.
TEST_F(PurgingTest, GivesBackAsMuchAsItWasAskedFor) {
  constexpr size_t kMany = 20 * kUnitsPerSuperslab;
  static_assert(kMany / SuperslabHeap::kSpareShare > SuperslabHeap::kSpareUnits);
  ASSERT_EQ(Allocate(kMany), 0u);
  Touch(0, kMany);
  // Two dirty units in each superslab, of which the first stay allocated.
  for (size_t s = 10; s < 20; ++s) Free(s * kUnitsPerSuperslab, 2);
  static SuperslabHeap* heap;
  static size_t next;
  heap = &heap_;
  next = 0;
  platform::GetSeams().during_purge = [] {
    heap->Free(next, 2);
    next += kUnitsPerSuperslab;
  };
  const size_t before = heap_.GetTotals().purged_units;
  ASSERT_NE(Allocate(kMany / SuperslabHeap::kSpareShare + 16), kNone);
  platform::GetSeams().during_purge = nullptr;
  EXPECT_LE(heap_.GetTotals().purged_units - before, 20u);
  heap_.Validate();
}

// Memory is exhausted but for what another thread is giving back: that is waited for.
TEST_F(PurgingTest, WhoFindsNoneWaitsForWhatIsLeaving) {
  // All that is accessible.
  ASSERT_NE(Allocate(kUnitsPerSuperslab), kNone);
  platform::GetSeams().fail_commit = -1;
  while (Allocate(kUnitsPerSuperslab) != kNone) {
  }
  platform::GetSeams().fail_commit = 0;
  Free(2, 3);
  static SuperslabHeap* heap;
  static std::optional<std::thread> other;
  heap = &heap_;
  platform::GetSeams().during_purge = [] {
    platform::GetSeams().during_purge = nullptr;
    platform::GetSeams().fail_commit = -1;
    other.emplace([] {
      bool zeroed = false;
      EXPECT_EQ(heap->Allocate(3, 1, &zeroed), 2u);
      EXPECT_TRUE(zeroed);
    });
  };
  EXPECT_EQ(heap_.PurgeAll(), 3 * kUnitBytes);
  other->join();
  other.reset();
  heap_.Validate();
}

}  // namespace
}  // namespace hakmem
