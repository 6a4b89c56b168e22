// Runs that grow and move, and contracts of the whole.

#include "superslab/superslab_heap.h"

#include <gtest/gtest.h>

#include "core/config.h"
#include "superslab/superslab_heap_fixture.h"
#include "superslab/test_space.h"

namespace hakmem {
namespace {

constexpr size_t kNone = SuperslabHeap::kNone;

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

// Each is a mapping, of which the program needs some itself.
TEST_F(SuperslabHeapTest, SoManyShortRunsMayBeMoved) {
  constexpr size_t kUnits = SuperslabHeap::kPieceUnits;
  size_t moves = 0;
  while (heap_.MayMove(kUnits) && moves <= SuperslabHeap::kMostMoves) {
    const size_t from = Allocate(kUnits);
    const size_t to = Allocate(kUnits);
    if (!heap_.Move(from, to, kUnits)) GTEST_SKIP() << "the kernel cannot move pages";
    heap_.Free(from, kUnits, /*clean=*/true);
    ++moves;
  }
  EXPECT_EQ(moves, SuperslabHeap::kMostMoves);
  EXPECT_TRUE(heap_.MayMove(2 * kUnits));
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
