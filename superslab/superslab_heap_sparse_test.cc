// The superslab heap under a limit on address space: what is free is unmapped, and others may take
// its addresses.

#include <gtest/gtest.h>

#include "core/platform.h"
#include "superslab/superslab_heap_fixture.h"

namespace hakmem {
namespace {

constexpr size_t kNone = SuperslabHeap::kNone;

class SparseSuperslabHeapTest : public SuperslabHeapTest {
 protected:
  void SetUp() override {
    ResetSeams();
    MakeNextInitSparse();
    ASSERT_TRUE(heap_.Init());
  }
};

TEST_F(SparseSuperslabHeapTest, PutsLargeRunsBehindATakenAddress) {
  ASSERT_EQ(Allocate(64), 0u);
  ASSERT_EQ(Allocate(64), 64u);
  Free(64, 64);
  char* const taken = At(128);
  ASSERT_EQ(platform::MapAt(taken, kPageBytes), platform::MapResult::kMapped);
  EXPECT_FALSE(heap_.Extend(0, 64, 65 + 64));
  const size_t first = Allocate(100);
  ASSERT_GT(first, 128u);
  Touch(first, 100);
  EXPECT_EQ(*taken, 0);
  EXPECT_FALSE(heap_.Contains(taken));
}

TEST_F(SparseSuperslabHeapTest, HasNoCredit) {
  constexpr size_t kWave = 4 * SuperslabHeap::kDirtyFloor;
  const size_t first = Allocate(kWave);
  ASSERT_NE(first, kNone);
  Free(first, kWave);
  EXPECT_LE(dirty(), SuperslabHeap::kDirtyFloor);
}

TEST_F(SparseSuperslabHeapTest, UnmapsWhatItPurgesAndMapsItAgain) {
  ASSERT_EQ(Allocate(64), 0u);
  ASSERT_EQ(Allocate(64), 64u);
  Touch(64, 64);
  Free(64, 64);
  heap_.PurgeAll();
  EXPECT_FALSE(platform::IsMapped(At(64)));
  EXPECT_FALSE(heap_.Contains(At(64)));
  ASSERT_EQ(Allocate(10), 64u);
  EXPECT_TRUE(zeroed_);
  EXPECT_TRUE(IsZero(64, 10));
  EXPECT_TRUE(heap_.Contains(At(64)));
}

// What is kept may be missing elsewhere: rule 1 holds always.
TEST_F(SparseSuperslabHeapTest, KeepsLittleOfWhatComesAndGoes) {
  constexpr size_t kUnits = 6 * SuperslabHeap::kDirtyFloor;
  ASSERT_NE(Allocate(kUnits), kNone);
  const size_t first = Allocate(kUnits);
  ASSERT_NE(first, kNone);
  Free(first, kUnits);
  EXPECT_LE(dirty(), kUnits / SuperslabHeap::kDirtyShare);
}

TEST_F(SparseSuperslabHeapTest, ManyUnitsNeedNoSuperslabOfTheirOwn) {
  ASSERT_EQ(Allocate(70), 0u);
  ASSERT_EQ(Allocate(70), 70u);
  EXPECT_EQ(heap_.GetTotals().superslabs, 3u);
  ASSERT_EQ(Allocate(70), 140u);
  EXPECT_EQ(heap_.GetTotals().superslabs, 4u);
  Free(70, 70);
  EXPECT_EQ(Allocate(66), 70u);
  EXPECT_EQ(Allocate(128, 64), 256u);
  EXPECT_EQ(heap_.GetTotals().superslabs, 6u);
}

TEST_F(SparseSuperslabHeapTest, ExtendsOverWhatWasUnmapped) {
  for (const size_t wanted : {size_t{65}, size_t{128}, size_t{129}, size_t{256}}) {
    const size_t first = Allocate(64, 64);
    const size_t next = Allocate(64, 64);
    ASSERT_EQ(next, first + 64);
    Touch(next, 64);
    Free(next, 64);
    heap_.PurgeAll();
    ASSERT_FALSE(platform::IsMapped(At(next)));
    ASSERT_TRUE(heap_.Extend(first, 64, wanted)) << wanted;
    for (size_t u = first + 64; u < first + wanted; ++u) {
      ASSERT_TRUE(platform::IsMapped(At(u))) << "to " << wanted << ", unit " << u - first;
    }
    Free(first, wanted);
    heap_.PurgeAll();
  }
}

TEST_F(SparseSuperslabHeapTest, ExtendGivesUpWhereSomebodyElseIsNow) {
  ASSERT_EQ(Allocate(64), 0u);
  ASSERT_EQ(Allocate(64), 64u);
  Free(64, 64);
  heap_.PurgeAll();
  char* const taken = At(100);
  ASSERT_EQ(platform::MapAt(taken, kPageBytes), platform::MapResult::kMapped);
  EXPECT_FALSE(heap_.Extend(0, 64, 70));
  EXPECT_FALSE(heap_.Contains(taken));
  EXPECT_GE(Allocate(10), 128u);
  EXPECT_EQ(used(), 74u);
}

TEST_F(SparseSuperslabHeapTest, FreeMemoryMakesRoomUnderALimit) {
  ASSERT_EQ(Allocate(64), 0u);
  ASSERT_EQ(Allocate(64), 64u);
  heap_.Free(64, 64, /*clean=*/true);
  // The first refusal is answered by unmapping what is free.
  platform::GetSeams().fail_commit = 1;
  const size_t first = Allocate(130);
  ASSERT_NE(first, kNone);
  Touch(first, 130);
  platform::GetSeams().fail_commit = -1;
  EXPECT_EQ(Allocate(130), kNone);
}

// Also where the kernel refuses to purge, as it does for locked memory. What is unmapped is not
// dirty any more: others may have its addresses.
TEST_F(SparseSuperslabHeapTest, UnmapsWhatItCannotPurge) {
  for (size_t s = 0; s < 3; ++s) ASSERT_EQ(Allocate(64), 64 * s);
  Touch(0, 3 * 64);
  platform::GetSeams().fail_purge = -1;
  Free(2 * 64, 10);
  Free(64, 64);
  ASSERT_EQ(dirty(), 74u);
  platform::GetSeams().fail_commit = 1;
  ASSERT_NE(Allocate(130), kNone);
  EXPECT_EQ(dirty(), 10u);
  char* const taken = At(64);
  ASSERT_EQ(platform::MapAt(taken, kPageBytes), platform::MapResult::kMapped);
  heap_.PurgeAll();
  EXPECT_TRUE(platform::IsMapped(taken));
  EXPECT_GE(Allocate(60), 128u);
}

}  // namespace
}  // namespace hakmem
