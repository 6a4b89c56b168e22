#include "superslab/superslab_heap.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <thread>
#include <vector>

#include "core/config.h"
#include "superslab/superslab_heap_fixture.h"
#include "superslab/test_space.h"

namespace hakmem {
namespace {

constexpr size_t kNone = SuperslabHeap::kNone;
constexpr size_t kRoundMs = SuperslabHeap::kPurgeRoundMs;

// ---------------------------------------------------------------- which units

TEST_F(SuperslabHeapTest, HandsOutTheLowestUnitsThatFit) {
  EXPECT_EQ(Allocate(1), 0u);
  EXPECT_EQ(Allocate(10), 1u);
  EXPECT_EQ(Allocate(53), 11u);
  EXPECT_EQ(Allocate(1), 64u);
  EXPECT_EQ(Allocate(64), 128u) << "at most a superslab does not cross superslabs";
  EXPECT_EQ(Allocate(1), 65u);
  Free(11, 53);
  Free(1, 10);
  EXPECT_EQ(Allocate(60), 1u);
  EXPECT_EQ(used(), 1u + 60 + 2 + 64);
}

TEST_F(SuperslabHeapTest, NewUnitsAreZeroAndUsedOnesAreNot) {
  ASSERT_EQ(Allocate(8), 0u);
  EXPECT_TRUE(zeroed_);
  EXPECT_TRUE(IsZero(0, 8));
  Touch(0, 8);
  Free(0, 8);
  ASSERT_EQ(Allocate(8), 0u);
  EXPECT_FALSE(zeroed_);
}

TEST_F(SuperslabHeapTest, ASpanOfCleanAndDirtyUnitsIsNotZeroed) {
  ASSERT_EQ(Allocate(4), 0u);
  Touch(0, 4);
  Free(0, 4);
  ASSERT_EQ(Allocate(64), 0u);
  EXPECT_EQ(zeroed_, IsZero(0, 64));
}

TEST_F(SuperslabHeapTest, DirtyUnitsGoFirstWhereverTheyAre) {
  ASSERT_EQ(Allocate(64), 0u);
  ASSERT_EQ(Allocate(64), 64u);
  heap_.Free(0, 64, /*clean=*/true);
  Free(100, 4);
  EXPECT_EQ(Allocate(4), 100u);
  EXPECT_FALSE(zeroed_);
  EXPECT_EQ(Allocate(4), 0u);
  EXPECT_TRUE(zeroed_);
}

class SlabPlacesTest : public SuperslabHeapTest {
 protected:
  // Both in slabs from the start of the heap.
  size_t AllocateSlab(SizeClass c) {
    const SuperslabHeap::SlabUnits fresh = heap_.AllocateSlab(c);
    heap_.Validate();
    zeroed_ = fresh.zeroed;
    as_before_ = fresh.as_before;
    EXPECT_FALSE(as_before_ && zeroed_);
    EXPECT_EQ(fresh.first % kUnitsPerSlab, 0u);
    return fresh.first / kUnitsPerSlab;
  }
  void FreeSlabs(size_t first, size_t count) {
    for (size_t i = first; i < first + count; ++i) Free(i * kUnitsPerSlab, kUnitsPerSlab);
  }

  static constexpr size_t kPerSuperslab = kUnitsPerSuperslab / kUnitsPerSlab;
};

TEST_F(SlabPlacesTest, ASlabIsWhereOneOfItsClassWas) {
  EXPECT_EQ(AllocateSlab(5), 0u);
  EXPECT_EQ(AllocateSlab(9), 1u);
  EXPECT_TRUE(zeroed_);
  EXPECT_EQ(AllocateSlab(5), 2u);
  EXPECT_EQ(AllocateSlab(7), 3u);
  FreeSlabs(0, 3);
  EXPECT_EQ(AllocateSlab(9), 1u);
  EXPECT_TRUE(as_before_);
  EXPECT_EQ(AllocateSlab(9), 0u) << "another class's before a clean one";
  EXPECT_FALSE(as_before_ || zeroed_);
  EXPECT_EQ(AllocateSlab(5), 2u);
  EXPECT_EQ(AllocateSlab(5), 4u);
  EXPECT_TRUE(zeroed_);
  // However many are dirty in the superslab.
  for (size_t i = 5; i < kPerSuperslab; ++i) EXPECT_EQ(AllocateSlab(i == 14 ? 11 : 12), i);
  FreeSlabs(5, kPerSuperslab - 5);
  EXPECT_EQ(AllocateSlab(11), 14u);
}

TEST_F(SlabPlacesTest, WhereARunWasIsOfNoClass) {
  for (size_t i = 0; i < kPerSuperslab; ++i) EXPECT_EQ(AllocateSlab(12), i);
  FreeSlabs(0, 2);
  EXPECT_EQ(Allocate(1), 0u);
  EXPECT_TRUE(heap_.Extend(0, 1, kUnitsPerSlab)) << "nor what it grew over";
  Free(0, kUnitsPerSlab);
  EXPECT_EQ(AllocateSlab(12), 1u);
  EXPECT_TRUE(as_before_);
  EXPECT_EQ(AllocateSlab(12), 0u);
  EXPECT_FALSE(as_before_ || zeroed_);
}

TEST_F(SlabPlacesTest, AFewSuperslabsAreSearchedForTheClass) {
  constexpr size_t kNear = 3 * kPerSuperslab + 7;
  constexpr size_t kFar = 6 * kPerSuperslab + 7;
  heap_.SetDirtyFloor(8 * kSuperslabBytes);  // all of them may stay dirty
  for (size_t i = 0; i < 8 * kPerSuperslab; ++i) {
    ASSERT_EQ(AllocateSlab(i == kNear || i == kFar ? 9 : 5), i);
  }
  FreeSlabs(0, 8 * kPerSuperslab);
  EXPECT_EQ(AllocateSlab(9), kNear);
  EXPECT_EQ(AllocateSlab(9), 0u);
}

// What runs leave is no place for a slab, unless a slab can start there.
TEST_F(SlabPlacesTest, ASlabHasItsAlignment) {
  ASSERT_EQ(Allocate(3 * kUnitsPerSuperslab), 0u);
  for (const bool clean : {true, false}) {
    heap_.Free(1, 2 * kUnitsPerSlab - 2, clean);  // long enough
    heap_.Free(kUnitsPerSuperslab + 5, 2 * kUnitsPerSlab - 2, clean);
    heap_.Free(2 * kUnitsPerSuperslab + 1, 2 * kUnitsPerSlab - 1, clean);
    EXPECT_EQ(AllocateSlab(5), 2 * kPerSuperslab + 1);
    EXPECT_EQ(zeroed_, clean);
    EXPECT_EQ(AllocateSlab(5), (clean ? 3 : 4) * kPerSuperslab) << "new ones";
    Free(2 * kUnitsPerSuperslab + kUnitsPerSlab, kUnitsPerSlab);
    ASSERT_EQ(Allocate(2 * kUnitsPerSlab - 1), 2 * kUnitsPerSuperslab + 1);
    ASSERT_EQ(Allocate(2 * kUnitsPerSlab - 2), 1u);
    ASSERT_EQ(Allocate(2 * kUnitsPerSlab - 2), kUnitsPerSuperslab + 5);
    ASSERT_EQ(Allocate(kUnitsPerSuperslab - kUnitsPerSlab),
              (clean ? 3 : 4) * kUnitsPerSuperslab + 4);
  }
}

TEST_F(SuperslabHeapTest, RunsTakeTheTightestPlaceOrTheLowestAmpleOne) {
  ASSERT_EQ(Allocate(64), 0u);
  ASSERT_EQ(Allocate(64), 64u);
  for (const bool clean : {false, true}) {
    heap_.Free(2, 5, clean);
    heap_.Free(30, 3, clean);
    heap_.Free(100, 3, clean);
    heap_.Free(110, 4, clean);
    EXPECT_EQ(Allocate(3), 30u);
    EXPECT_EQ(Allocate(3), 100u);
    EXPECT_EQ(Allocate(1), 2u) << "both others are ample";
    EXPECT_EQ(Allocate(4, 2), 110u) << "of two that will do the one that is aligned";
    EXPECT_EQ(Allocate(4), 3u);
    EXPECT_EQ(used(), 128u);
  }
}

TEST_F(SuperslabHeapTest, CleanUnitsStayClean) {
  ASSERT_EQ(Allocate(70), 0u);
  heap_.Free(0, 70, /*clean=*/true);
  EXPECT_EQ(dirty(), 0u);
  EXPECT_EQ(used(), 0u);
  ASSERT_EQ(Allocate(70), 0u);
  EXPECT_TRUE(zeroed_);
}

TEST_F(SuperslabHeapTest, HonoursEveryAlignment) {
  ASSERT_EQ(Allocate(1), 0u);
  // To 1 GiB.
  for (size_t alignment = 1; alignment <= (size_t{1} << 30) / kUnitBytes; alignment *= 2) {
    for (const size_t units : {size_t{1}, size_t{3}, size_t{64}, size_t{65}, size_t{130}}) {
      const size_t first = Allocate(units, alignment);
      ASSERT_NE(first, kNone) << "alignment " << alignment;
      ASSERT_EQ(reinterpret_cast<uintptr_t>(At(first)) % (alignment * kUnitBytes), 0u);
      *At(first) = *(At(first + units) - 1) = 'x';
      Free(first, units);
    }
  }
}

TEST_F(SuperslabHeapTest, AlignmentMayNeedMoreThanTheFreeEnd) {
  ASSERT_EQ(Allocate(1), 0u);
  ASSERT_EQ(Allocate(200), 128u);
  Free(128, 200);
  const size_t alignment = 16 * kUnitsPerSuperslab;
  const size_t first = Allocate(200, alignment);
  ASSERT_NE(first, kNone);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(At(first)) % (alignment * kUnitBytes), 0u);
}

TEST_F(SuperslabHeapTest, LargeRunsUseFreeSuperslabsAtTheEnd) {
  ASSERT_EQ(Allocate(128), 0u);
  ASSERT_EQ(Allocate(64), 128u);
  Free(128, 64);
  EXPECT_EQ(Allocate(129), 128u);
  EXPECT_EQ(heap_.GetTotals().superslabs, 5u);
  Free(128, 129);
  EXPECT_EQ(Allocate(128), 128u);
  EXPECT_EQ(heap_.GetTotals().superslabs, 5u) << "what is there is enough";
}

TEST_F(SuperslabHeapTest, LargeRunsStepOverWhatIsUsed) {
  ASSERT_EQ(Allocate(640), 0u);
  heap_.Free(0, 200, /*clean=*/true);
  heap_.Free(201, 439, /*clean=*/true);
  EXPECT_EQ(Allocate(192), 0u);
  EXPECT_EQ(Allocate(192), 256u);
  EXPECT_EQ(Allocate(193), 512u) << "to the end of what was there, and beyond";
}

// Of many places that might do, most are too short.
class ManyPlacesTest : public SuperslabHeapTest {
 protected:
  static constexpr size_t kShort = 100;
  static constexpr size_t kUnits = kUnitsPerSuperslab + 20;

  // The first superslabs, every second one of which is free; then `others`.
  void Fill(const std::vector<size_t>& others, std::vector<size_t>* runs) {
    for (size_t i = 0; i < 2 * kShort; ++i) {
      ASSERT_EQ(heap_.Allocate(kUnitsPerSuperslab, 1, &zeroed_), i * kUnitsPerSuperslab);
    }
    for (const size_t units : others) runs->push_back(Allocate(units));
    for (size_t i = 0; i < kShort; ++i) {
      heap_.Free(2 * i * kUnitsPerSuperslab, kUnitsPerSuperslab);
    }
    superslabs_ = heap_.space().superslabs();
  }
  bool HasGrown() { return heap_.space().superslabs() != superslabs_; }

 private:
  size_t superslabs_ = 0;
};

TEST_F(ManyPlacesTest, RowsAreFound) {
  std::vector<size_t> runs;
  Fill({40 * kUnitsPerSuperslab, 3 * kUnitsPerSuperslab, 1}, &runs);
  Free(runs[1], 3 * kUnitsPerSuperslab);
  EXPECT_EQ(Allocate(kUnits), runs[1]);
  Free(runs[0], 40 * kUnitsPerSuperslab);
  EXPECT_EQ(Allocate(40 * kUnitsPerSuperslab - 5), runs[0]);
  EXPECT_FALSE(HasGrown());
  EXPECT_EQ(Allocate(kUnitsPerSuperslab), 0u) << "what fits gets the lowest";
}

TEST_F(ManyPlacesTest, RowsHaveTheirAlignment) {
  constexpr size_t kAlignment = 4 * kUnitsPerSuperslab;
  std::vector<size_t> runs;
  Fill({9 * kUnitsPerSuperslab, 1}, &runs);
  Free(runs[0], 9 * kUnitsPerSuperslab);
  const size_t first = Allocate(kUnits, kAlignment);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(At(first)) % (kAlignment * kUnitBytes), 0u);
  EXPECT_FALSE(HasGrown());
}

// Their last superslab is somebody else's, too, as is usual.
TEST_F(ManyPlacesTest, PlacesThatAreJustLongEnoughAreFound) {
  std::vector<size_t> runs;
  Fill({kUnits, kUnits, kUnits}, &runs);
  for (const size_t run : runs) ASSERT_TRUE(heap_.Extend(run + kUnits - 1, 1, 2));
  for (const size_t run : runs) Free(run, kUnits);
  for (size_t i = 0; i < runs.size(); ++i) ASSERT_NE(Allocate(kUnits), kNone);
  EXPECT_FALSE(HasGrown());
}

TEST_F(SuperslabHeapTest, ExhaustionLeavesTheHeapWhole) {
  constexpr size_t kTooMany = size_t{1} << 40;
  EXPECT_EQ(Allocate(kTooMany), kNone);
  EXPECT_EQ(Allocate(1, kTooMany), kNone);
  platform::GetSeams().fail_commit = -1;
  EXPECT_EQ(Allocate(1), kNone);
  EXPECT_EQ(Allocate(100), kNone);
  platform::GetSeams().fail_commit = 0;
  EXPECT_EQ(used(), 0u);
  EXPECT_EQ(Allocate(1), 0u);
}

// ---------------------------------------------------------------- Extend, Move

TEST_F(SuperslabHeapTest, ExtendsIntoWhatIsFree) {
  ASSERT_EQ(Allocate(4), 0u);
  ASSERT_EQ(Allocate(4), 4u);
  ASSERT_EQ(Allocate(4), 8u);
  Free(4, 4);
  EXPECT_FALSE(heap_.Extend(0, 4, 9)) << "its last unit is used";
  EXPECT_EQ(used(), 8u);
  EXPECT_TRUE(heap_.Extend(0, 4, 8));
  EXPECT_EQ(used(), 12u);
  EXPECT_EQ(dirty(), 0u);
  EXPECT_FALSE(heap_.Extend(0, 8, 9));
  EXPECT_EQ(Allocate(1), 12u) << "what Extend took is not free any more";
}

TEST_F(SuperslabHeapTest, ExtendsToTheEndOfTheHeapAndBeyond) {
  ASSERT_EQ(Allocate(60), 0u);
  EXPECT_TRUE(heap_.Extend(0, 60, 64)) << "exactly to the end";
  EXPECT_EQ(heap_.GetTotals().superslabs, 1u);
  EXPECT_TRUE(heap_.Extend(0, 64, 65)) << "one unit beyond";
  EXPECT_EQ(heap_.GetTotals().superslabs, 2u);
  EXPECT_TRUE(heap_.Extend(0, 65, 300));
  EXPECT_EQ(heap_.GetTotals().superslabs, 5u);
  EXPECT_EQ(used(), 300u);
  EXPECT_TRUE(IsZero(0, 300));
  Touch(299, 1);
  EXPECT_EQ(Allocate(1), 300u);
  EXPECT_FALSE(heap_.Extend(0, 300, 321)) << "one beyond the end, but 300 is used";
}

TEST_F(SuperslabHeapTest, ExtendFailsWhenTheHeapCannotGrow) {
  ASSERT_EQ(Allocate(64), 0u);
  EXPECT_FALSE(heap_.Extend(0, 64, size_t{1} << 40));
  EXPECT_EQ(used(), 64u);
  platform::GetSeams().fail_commit = -1;
  // What is accessible ahead of need may serve a few superslabs.
  EXPECT_FALSE(heap_.Extend(0, 64, 64 * 1000));
  EXPECT_EQ(used(), 64u);
  heap_.Validate();
}

TEST_F(SuperslabHeapTest, MovesPages) {
  ASSERT_EQ(Allocate(3), 0u);
  ASSERT_EQ(Allocate(5), 3u);
  Touch(0, 3, 'm');
  Touch(3, 5, 'n');
  if (!heap_.Move(0, 3, 3)) GTEST_SKIP() << "the kernel cannot move pages";
  EXPECT_TRUE(IsZero(0, 3));
  EXPECT_EQ(*At(3), 'm');
  EXPECT_EQ(*(At(5) + kUnitBytes - kPageBytes), 'm');
  EXPECT_EQ(*At(6), 'n');
  heap_.Free(0, 3, /*clean=*/true);
  ASSERT_EQ(Allocate(3), 0u);
  EXPECT_TRUE(zeroed_);
  EXPECT_TRUE(IsZero(0, 3));
  // Units whose pages were moved in are purged as others are.
  Free(3, 5);
  heap_.PurgeAll();
  EXPECT_EQ(dirty(), 0u);
  ASSERT_EQ(Allocate(5), 3u);
  EXPECT_TRUE(zeroed_);
  EXPECT_TRUE(IsZero(3, 5));
}

TEST_F(SuperslabHeapTest, ARefusedMoveMovesNothing) {
  ASSERT_EQ(Allocate(2), 0u);
  ASSERT_EQ(Allocate(2), 2u);
  Touch(0, 2, 'm');
  Touch(2, 2, 'n');
  platform::GetSeams().fail_move = 1;
  EXPECT_FALSE(heap_.Move(0, 2, 2));
  EXPECT_EQ(*At(0), 'm');
  EXPECT_EQ(*At(3), 'n') << "no hole is left behind";
  platform::GetSeams().fail_purge = 1;
  EXPECT_FALSE(heap_.Move(0, 2, 2)) << "memory is locked";
  EXPECT_EQ(*At(0), 'm');
}

// ---------------------------------------------------------------- gathering

class GatherTest : public SuperslabHeapTest {
 protected:
  // Two dirty pieces from 64 on; the next run of more takes clean units from 129 on.
  void SetUp() override {
    SuperslabHeapTest::SetUp();
    ASSERT_EQ(Allocate(64), 0u);
    ASSERT_EQ(Allocate(32), 64u);
    ASSERT_EQ(Allocate(32), 96u);
    ASSERT_EQ(Allocate(1), 128u);
    Touch(64, 32, 'd');
    Free(64, 32);
  }

  // Where they are brought to.
  static constexpr size_t kPieces[] = {144, 160};
  static_assert(SuperslabHeap::kPieceUnits == 16);
};

TEST_F(GatherTest, BringsDirtyMemoryToARun) {
  ASSERT_EQ(Allocate(50), 129u);
  EXPECT_FALSE(zeroed_);
  EXPECT_EQ(dirty(), 0u);
  for (const size_t piece : kPieces) EXPECT_EQ(*At(piece), 'd');
  EXPECT_TRUE(IsZero(129, 15)) << "less than a piece";
  EXPECT_TRUE(IsZero(176, 3));
  EXPECT_TRUE(IsZero(64, 32)) << "its pages are elsewhere now";
  EXPECT_EQ(Allocate(32), 64u);
  EXPECT_TRUE(zeroed_);
  EXPECT_EQ(purged(), 0u);
}

TEST_F(GatherTest, BringsDirtyMemoryToWhereARunGrows) {
  ASSERT_TRUE(heap_.Extend(128, 1, 51));
  heap_.Validate();
  EXPECT_EQ(dirty(), 0u);
  for (const size_t piece : kPieces) EXPECT_EQ(*At(piece), 'd');
  EXPECT_TRUE(IsZero(64, 32)) << "its pages are elsewhere now";
}

TEST_F(GatherTest, LeavesMemoryToRunsThatTakeIt) {
  EXPECT_EQ(Allocate(28), 64u);
  EXPECT_EQ(*At(64), 'd');
  EXPECT_EQ(dirty(), 4u);
}

TEST_F(GatherTest, LeavesVeryLargeRunsAlone) {
  ASSERT_NE(Allocate(SuperslabHeap::kMostGathered + 1), kNone);
  EXPECT_TRUE(zeroed_);
}

TEST_F(GatherTest, DoesNotWhereItIsOfNoUse) {
  ASSERT_EQ(Allocate(50, 1, Gathering::kNone), 129u);
  EXPECT_TRUE(zeroed_);
}

TEST_F(GatherTest, GathersAllOrNothingForZeroedRuns) {
  ASSERT_EQ(Allocate(50, 1, Gathering::kAll), 129u) << "of which 32 could be dirty";
  EXPECT_TRUE(zeroed_);
}

TEST_F(GatherTest, GathersForZeroedRunsWhatIsEnough) {
  Touch(0, 32, 'd');
  Free(0, 32);
  ASSERT_EQ(Allocate(50, 1, Gathering::kAll), 129u);
  EXPECT_FALSE(zeroed_);
  EXPECT_EQ(*At(144), 'd');
}

TEST_F(GatherTest, DoesWithoutWhatTheKernelRefusesToMove) {
  platform::GetSeams().fail_move = 1;
  ASSERT_EQ(Allocate(50), 129u);
  EXPECT_FALSE(zeroed_);
  EXPECT_EQ(*At(144), 'd') << "from another piece";
  EXPECT_TRUE(IsZero(160, 16));
}

TEST_F(GatherTest, GivesUpWhenTheKernelRefusesAlways) {
  platform::GetSeams().fail_move = -1;
  ASSERT_EQ(Allocate(50), 129u);
  EXPECT_TRUE(zeroed_);
  EXPECT_TRUE(IsZero(129, 50));
}

// A limit on address space that came later does not keep memory from going back.
TEST_F(GatherTest, PurgesWhatCannotBeMappedAnew) {
  ASSERT_EQ(Allocate(50), 129u);
  Free(129, 50);
  Free(128, 1);
  platform::GetSeams().fail_purge = 1;
  heap_.PurgeAll();
  EXPECT_EQ(dirty(), 0u);
  EXPECT_TRUE(IsZero(128, 64));
}

TEST_F(GatherTest, PurgesWhatWasMoved) {
  ASSERT_EQ(Allocate(50), 129u);
  Free(129, 49);
  heap_.PurgeAll();
  EXPECT_TRUE(IsZero(129, 49));
  Touch(178, 1);
  Free(178, 1);
  Free(128, 1);
  heap_.PurgeAll();  // the superslab as a whole
  EXPECT_TRUE(IsZero(128, 64));
  EXPECT_EQ(dirty(), 0u);
}

// ---------------------------------------------------------------- when memory goes back

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
      Sleep(10 * kRoundMs);  // nothing is regretted
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

TEST_F(SuperslabHeapTest, Rule3GivesBackSoMuchInACall) {
  constexpr size_t kMost = SuperslabHeap::kMostPurged;
  heap_.SetDirtyFloor(8 * kMost * kUnitBytes);
  ASSERT_EQ(Allocate(5 * kMost / 2), 0u);
  Free(0, 5 * kMost / 2);
  Sleep(kRoundMs);
  heap_.PurgeDue();
  EXPECT_EQ(purged(), 0u) << "it is not old yet";
  Sleep(kRoundMs);
  for (size_t calls = 1; calls <= 2; ++calls) {
    heap_.PurgeDue();
    EXPECT_EQ(purged(), calls * kMost);
  }
  heap_.PurgeDue();
  EXPECT_EQ(dirty(), 0u);
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

// ---------------------------------------------------------------- contracts of the rest

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

TEST_F(SuperslabHeapTest, ContainsItsMappedMemoryAlone) {
  EXPECT_FALSE(heap_.Contains(&heap_));
  EXPECT_FALSE(heap_.Contains(nullptr));
  ASSERT_EQ(Allocate(1), 0u);
  EXPECT_TRUE(heap_.Contains(At(0)));
  EXPECT_TRUE(heap_.Contains(At(63)));
  EXPECT_FALSE(heap_.Contains(At(0) - 1));
  EXPECT_FALSE(heap_.Contains(At(kUnitsPerSuperslab * heap_.GetTotals().superslabs)));
}

TEST_F(SuperslabHeapTest, RemembersItsPeak) {
  ASSERT_EQ(Allocate(100), 0u);
  Free(0, 100);
  ASSERT_NE(Allocate(10), kNone);
  const SuperslabHeap::Totals totals = heap_.GetTotals();
  EXPECT_EQ(totals.used_units, 10u);
  EXPECT_EQ(totals.peak_used_units, 100u);
  EXPECT_EQ(totals.superslabs, 2u);
  EXPECT_GT(totals.metadata_bytes, 0u);
}

using SuperslabHeapDeathTest = SuperslabHeapTest;

TEST_F(SuperslabHeapDeathTest, FreeOfAFreeUnitIsCorruption) {
  ASSERT_EQ(Allocate(4), 0u);
  EXPECT_DEATH(heap_.Free(3, 2), "free of a free unit");
  Free(0, 4);
  EXPECT_DEATH(heap_.Free(0, 4), "free of a free unit");
}

TEST_F(SuperslabHeapDeathTest, ValidateFindsBrokenRecords) {
  ASSERT_EQ(Allocate(4), 0u);
  Free(0, 2);
  Superslab& record = heap_.space().superslab(0);
  const uint64_t dirty = record.dirty;
  record.aging = 0;
  record.dirty |= 4;
  EXPECT_DEATH(heap_.Validate(), "used & dirty");
  record.dirty = 0;
  EXPECT_DEATH(heap_.Validate(), "not indexed as it is");
  heap_.space().Changed(0);
  EXPECT_DEATH(heap_.Validate(), "sum of the dirty bits");
  record.dirty = dirty;
  heap_.space().Changed(0);
  record.aging = 8;
  EXPECT_DEATH(heap_.Validate(), "aging, not dirty");
  record.aging = 0;
}

}  // namespace
}  // namespace hakmem
