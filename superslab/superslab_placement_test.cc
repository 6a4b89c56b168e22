// Which units a slab or a run gets (superslab_placement.cc).

#include <gtest/gtest.h>

#include <vector>

#include "core/config.h"
#include "superslab/superslab_heap.h"
#include "superslab/superslab_heap_fixture.h"
#include "superslab/test_space.h"

namespace hakmem {
namespace {

constexpr size_t kNone = SuperslabHeap::kNone;

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

// Many runs are long enough, and not one of them aligned: one is found into which it fits anyway.
TEST_F(SuperslabHeapTest, AlignedUnitsAreFoundBehindManyPlacesThatDoNotDo) {
  constexpr size_t kSuperslabs = 300;
  for (size_t s = 0; s <= kSuperslabs; ++s) {
    ASSERT_EQ(Allocate(kUnitsPerSuperslab), s * kUnitsPerSuperslab);
  }
  for (size_t s = 0; s < kSuperslabs; ++s) Free(s * kUnitsPerSuperslab + 1, 8);
  Free(kSuperslabs * kUnitsPerSuperslab, kUnitsPerSuperslab);
  // In a tight place, or an ample one.
  for (const size_t units : {size_t{8}, size_t{4}}) {
    EXPECT_EQ(Allocate(units, kUnitsPerSuperslab), kSuperslabs * kUnitsPerSuperslab);
    Free(kSuperslabs * kUnitsPerSuperslab, units);
  }
  ASSERT_EQ(Allocate(kUnitsPerSuperslab), kSuperslabs * kUnitsPerSuperslab);
  EXPECT_EQ(Allocate(4, kUnitsPerSuperslab), (kSuperslabs + 1) * kUnitsPerSuperslab) << "new ones";
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

}  // namespace
}  // namespace hakmem
