// Dirty memory is brought to clean units (superslab_gather.cc).

#include <gtest/gtest.h>

#include "core/config.h"
#include "superslab/superslab_heap.h"
#include "superslab/superslab_heap_fixture.h"
#include "superslab/test_space.h"

namespace hakmem {
namespace {

constexpr size_t kNone = SuperslabHeap::kNone;

class GatherTest : public SuperslabHeapTest {
 protected:
  // Two dirty pieces from 64 on; the next run of more takes clean units from 192 on. There may be
  // memory behind 32 of them (rule 2).
  void SetUp() override {
    SuperslabHeapTest::SetUp();
    ASSERT_EQ(Allocate(64), 0u);
    ASSERT_EQ(Allocate(32), 64u);
    ASSERT_EQ(Allocate(32), 96u);
    ASSERT_EQ(Allocate(1), 128u);
    Touch(64, 32, 'd');
    Free(64, 32);
    ASSERT_EQ(Allocate(63, 1, Gathering::kNone), 129u);
  }

  // Where they are brought to.
  static constexpr size_t kPieces[] = {192, 208};
  static_assert(SuperslabHeap::kPieceUnits == 16);
};

TEST_F(GatherTest, BringsDirtyMemoryToARun) {
  ASSERT_EQ(Allocate(50), 192u);
  EXPECT_FALSE(zeroed_);
  EXPECT_EQ(dirty(), 0u);
  for (const size_t piece : kPieces) EXPECT_EQ(*At(piece), 'd');
  EXPECT_TRUE(IsZero(224, 18));
  EXPECT_TRUE(IsZero(64, 32)) << "its pages are elsewhere now";
  EXPECT_EQ(Allocate(32), 64u);
  EXPECT_TRUE(zeroed_);
  EXPECT_EQ(purged(), 0u);
}

TEST_F(GatherTest, LeavesItWhereNoneNeedGoBack) {
  ASSERT_EQ(Allocate(1), 64u);  // so that 31 are left
  ASSERT_EQ(Allocate(32), 192u);
  EXPECT_TRUE(zeroed_);
  EXPECT_EQ(dirty(), 31u);
}

TEST_F(GatherTest, BringsDirtyMemoryToWhereARunGrows) {
  ASSERT_TRUE(heap_.Extend(129, 63, 113));
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

TEST_F(GatherTest, LeavesAloneWhatHasLittleMemory) {
  ASSERT_TRUE(platform::Purge(At(64), 32 * kUnitBytes));
  Touch(64, 4, 'd');  // a quarter of a piece
  Touch(80, 3, 'd');  // and less
  ASSERT_EQ(Allocate(48), 192u);
  EXPECT_EQ(*At(kPieces[0]), 'd');
  EXPECT_TRUE(IsZero(kPieces[1], 16));
  EXPECT_EQ(*At(80), 'd');
  EXPECT_TRUE(IsZero(64, 16));
}

TEST_F(GatherTest, DoesNotWhereItIsOfNoUse) {
  ASSERT_EQ(Allocate(50, 1, Gathering::kNone), 192u);
  EXPECT_TRUE(zeroed_);
}

TEST_F(GatherTest, GathersAllOrNothingForZeroedRuns) {
  ASSERT_EQ(Allocate(50, 1, Gathering::kAll), 192u) << "of which 32 could be dirty";
  EXPECT_TRUE(zeroed_);
}

TEST_F(GatherTest, GathersForZeroedRunsWhatIsEnough) {
  Touch(0, 32, 'd');
  Free(0, 32);
  ASSERT_EQ(Allocate(50, 1, Gathering::kAll), 192u);
  EXPECT_FALSE(zeroed_);
  EXPECT_EQ(*At(192), 'd');
}

TEST_F(GatherTest, DoesWithoutWhatTheKernelRefusesToMove) {
  platform::GetSeams().fail_move = 1;
  ASSERT_EQ(Allocate(50), 192u);
  EXPECT_FALSE(zeroed_);
  EXPECT_EQ(*At(192), 'd') << "from another piece";
  EXPECT_TRUE(IsZero(208, 16));
}

TEST_F(GatherTest, GivesUpWhenTheKernelRefusesAlways) {
  platform::GetSeams().fail_move = -1;
  ASSERT_EQ(Allocate(50), 192u);
  EXPECT_TRUE(zeroed_);
  EXPECT_TRUE(IsZero(192, 50));
}

// A limit on address space that came later does not keep memory from going back.
TEST_F(GatherTest, PurgesWhatCannotBeMappedAnew) {
  ASSERT_EQ(Allocate(50), 192u);
  Free(192, 50);
  platform::GetSeams().fail_purge = 1;
  heap_.PurgeAll();
  EXPECT_EQ(dirty(), 0u);
  EXPECT_TRUE(IsZero(192, 64));
}

TEST_F(GatherTest, PurgesWhatWasMoved) {
  ASSERT_EQ(Allocate(50), 192u);
  Free(192, 49);
  heap_.PurgeAll();
  EXPECT_TRUE(IsZero(192, 49));
  Touch(241, 1);
  Free(241, 1);
  heap_.PurgeAll();  // the superslab as a whole
  EXPECT_TRUE(IsZero(192, 64));
  EXPECT_EQ(dirty(), 0u);
}

}  // namespace
}  // namespace hakmem
