#include "superslab/address_space.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>

#include "core/config.h"
#include "superslab/test_space.h"

namespace hakmem {
namespace {

constexpr size_t kNone = AddressSpace::kNone;

class AddressSpaceTest : public testing::Test {
 protected:
  void SetUp() override { ResetSeams(); }
  void TearDown() override {
    ResetSeams();
    Discard(space_);
  }

  void InitReserved() {
    MakeNextInitSmall();
    ASSERT_TRUE(space_.Init());
  }
  void InitSparse() {
    MakeNextInitSparse();
    ASSERT_TRUE(space_.Init());
  }

  // Superslabs [first, first + count) read as zero, can be written, and are described.
  void ExpectUsable(size_t first, size_t count) {
    for (size_t u = first * kUnitsPerSuperslab; u < (first + count) * kUnitsPerSuperslab; ++u) {
      char* const at = space_.map().UnitStart(u);
      for (char* p : {at, at + kUnitBytes - 1}) {
        ASSERT_EQ(*p, 0) << "unit " << u;
        *p = 'u';
      }
      ASSERT_TRUE(space_.map().Contains(at));
      ASSERT_EQ(space_.map().Lookup(at), kNoClass);
      space_.map().Set(u, RegionMap::kRun);
      ASSERT_EQ(space_.map().Get(u), RegionMap::kRun);
      ASSERT_EQ(space_.UnitOfSlab(space_.slab(u)), RoundDown(u, kUnitsPerSlab));
      std::memset(static_cast<void*>(space_.slab(u)), 'r', sizeof(Slab));
      ASSERT_TRUE(space_.IsMapped(u));
    }
    for (size_t s = first; s < first + count; ++s) {
      const Superslab& record = space_.superslab(s);
      EXPECT_EQ(record.used | record.dirty | record.aging | record.moved, 0u);
      EXPECT_EQ(record.place.load(), Superslab::Place::kMapped);
      EXPECT_EQ(space_.index().Get(SuperslabIndex::Kind::kFree, s), JustLength(64));
      EXPECT_EQ(space_.index().Get(SuperslabIndex::Kind::kFreeSlabs, s), SlabsIn(~uint64_t{0}));
    }
  }

  bool MayReadBytes() const {
    return space_.map().MayReadBefore(reinterpret_cast<char*>(space_.map().base()) + 1);
  }

  AddressSpace space_;
};

TEST_F(AddressSpaceTest, ReservedHeapGrowsFromItsLowEnd) {
  InitReserved();
  EXPECT_EQ(space_.superslabs(), 0u);
  EXPECT_EQ(space_.map().base() % kSuperslabBytes, 0u);
  size_t expected = 0;
  for (const size_t count : {1, 1, 2, 3, 1, 40, 1}) {
    ASSERT_EQ(space_.Grow(count), expected);
    ExpectUsable(expected, count);
    expected += count;
    EXPECT_EQ(space_.superslabs(), expected);
    EXPECT_EQ(space_.map().units(), expected * kUnitsPerSuperslab);
    EXPECT_TRUE(MayReadBytes());
  }
}

TEST_F(AddressSpaceTest, MetadataIsDescribedAsTheHeapGrows) {
  InitReserved();
  ASSERT_EQ(space_.Grow(1), 0u);
  const size_t at_first = space_.metadata_bytes();
  constexpr size_t kPerSuperslab =
      kUnitsPerSuperslab + kUnitsPerSuperslab / kUnitsPerSlab * sizeof(Slab) + sizeof(Superslab);
  EXPECT_GE(at_first, kPerSuperslab);
  EXPECT_LE(at_first, 4 * kPageBytes) << "a page of each array";
  ASSERT_EQ(space_.Grow(500), 1u);
  EXPECT_GE(space_.metadata_bytes(), 501 * kPerSuperslab);
  // The far end of every array.
  ExpectUsable(500, 1);
}

TEST_F(AddressSpaceTest, EverySlabHasMarksOfItsOwn) {
  InitReserved();
  EXPECT_TRUE(space_.has_marks());
  size_t slabs = 0;
  for (const size_t count : {1, 1, 30, 100}) {
    ASSERT_NE(space_.Grow(count), AddressSpace::kNone);
    for (; slabs < space_.map().units() / kUnitsPerSlab; ++slabs) {
      char* const start = space_.StartOf(space_.slab(slabs * kUnitsPerSlab));
      SlabMarks* const marks = space_.MarksOf(start);
      EXPECT_EQ(marks, space_.MarksOf(start + kSlabBytes - 1));
      int before = 0;
      marks->ForEach([&](size_t) { return ++before < 1; });
      ASSERT_EQ(before, 0) << slabs;
      EXPECT_TRUE(marks->Add(start) && marks->Add(start + kSlabBytes - 1));
    }
  }
  EXPECT_TRUE(MayReadBytes());
}

TEST_F(AddressSpaceTest, ReservesAHalfWhereTheWholeIsRefused) {
  const int attempts = ReserveAttempts();
  ASSERT_GE(attempts, 2);
  // The last attempts, of the smaller sizes: see MakeNextInitSmall.
  for (int refused = attempts - 1; refused >= std::max(0, attempts - 4); --refused) {
    AddressSpace space;
    platform::GetSeams().fail_reserve = refused;
    ASSERT_TRUE(space.Init());
    ASSERT_EQ(space.Grow(1), 0u);
    EXPECT_TRUE(space.map().MayReadBefore(space.map().UnitStart(1))) << "reserved: without holes";
    Discard(space);
  }
}

TEST_F(AddressSpaceTest, IsSparseWhereNothingCanBeReserved) {
  platform::GetSeams().fail_reserve = -1;
  ASSERT_TRUE(space_.Init());
  EXPECT_FALSE(space_.has_marks());
  ASSERT_NE(space_.Grow(1), kNone);
  EXPECT_FALSE(MayReadBytes());
  ExpectUsable(space_.superslabs() - 1, 1);
}

TEST_F(AddressSpaceTest, GivesUpWhereNothingIsToBeHad) {
  platform::GetSeams().fail_reserve = -1;
  platform::GetSeams().fail_commit = -1;
  EXPECT_FALSE(space_.Init());
  // And may be asked again.
  platform::GetSeams().fail_commit = 0;
  ASSERT_TRUE(space_.Init());
  EXPECT_NE(space_.Grow(1), kNone);
}

TEST_F(AddressSpaceTest, ReservedHeapIsExhausted) {
  platform::GetSeams().fail_reserve = ReserveAttempts() - 1;
  ASSERT_TRUE(space_.Init());
  constexpr size_t kFar = size_t{1} << 40;
  EXPECT_EQ(space_.Grow(kFar / kSuperslabBytes), kNone);
  EXPECT_EQ(space_.Grow(SIZE_MAX), kNone);
  EXPECT_EQ(space_.superslabs(), 0u);
  ASSERT_EQ(space_.Grow(1), 0u);
  EXPECT_EQ(space_.Grow(SIZE_MAX), kNone);
  ExpectUsable(0, 1);
}

// Growing fails when any of its system calls does, and works as if nothing had been when asked
// again.
TEST_F(AddressSpaceTest, SurvivesEveryRefusedCommit) {
  for (int refused = 1; refused <= 8; ++refused) {
    AddressSpace space;
    MakeNextInitSmall();
    ASSERT_TRUE(space.Init());
    platform::GetSeams().fail_commit = refused;
    size_t first = kNone;
    for (int i = 0; i <= refused && first == kNone; ++i) first = space.Grow(1);
    ASSERT_EQ(first, 0u) << refused;
    for (size_t u = 0; u < kUnitsPerSuperslab; ++u) *space.map().UnitStart(u) = 'x';
    platform::GetSeams().fail_commit = -1;
    // Some superslabs may be accessible ahead of need; once those are used up there is no more.
    size_t grown = 1;
    while (grown < 1000 && space.Grow(1) != kNone) ++grown;
    EXPECT_LT(grown, 1000u);
    EXPECT_EQ(space.superslabs(), grown);
    platform::GetSeams().fail_commit = 0;
    ASSERT_EQ(space.Grow(2), grown);
    *space.map().UnitStart((grown + 2) * kUnitsPerSuperslab - 1) = 'x';
    Discard(space);
  }
}

// Where memory ahead of need is refused, what is needed is enough.
TEST_F(AddressSpaceTest, GrowsByExactlyWhatIsNeededWhenMoreIsRefused) {
  InitReserved();
  ASSERT_EQ(space_.Grow(10), 0u);
  // A commit of metadata that is refused makes it fail, one of the heap's does not.
  bool grew = false;
  for (auto& failures = platform::GetSeams().fail_commit; !grew; failures = 0) {
    failures = 1;
    const size_t first = space_.Grow(1);
    grew = first != kNone && failures == 0;
    ASSERT_TRUE(grew || failures != 0 || first == kNone);
  }
  ExpectUsable(space_.superslabs() - 1, 1);
}

// It is as of now, though the index is not told yet of what changed last.
TEST_F(AddressSpaceTest, TheFirstDirtySlabIsKnownBeforeTheIndexIs) {
  InitReserved();
  ASSERT_EQ(space_.Grow(20), 0u);
  const auto set_dirty = [this](size_t s, uint64_t dirty) {
    space_.superslab(s).dirty = dirty;
    space_.Changed(s);
  };
  EXPECT_EQ(space_.FirstDirtySlab(0), kNone);
  set_dirty(7, 0b1111'0000);
  EXPECT_EQ(space_.FirstDirtySlab(0), 7u);
  EXPECT_EQ(space_.FirstDirtySlab(7), 7u);
  EXPECT_EQ(space_.FirstDirtySlab(8), kNone);
  set_dirty(18, 0b1111);
  EXPECT_EQ(space_.FirstDirtySlab(0), 7u);
  EXPECT_EQ(space_.FirstDirtySlab(8), 18u);
  set_dirty(3, 0b0111'1000);  // no place of a slab
  EXPECT_EQ(space_.FirstDirtySlab(0), 7u);
  set_dirty(3, 0b1111'1000);
  EXPECT_EQ(space_.FirstDirtySlab(0), 3u);
  EXPECT_EQ(space_.FirstDirtySlab(4), 7u);
  set_dirty(7, 0);
  EXPECT_EQ(space_.FirstDirtySlab(4), 18u);
  set_dirty(3, 0);
  EXPECT_EQ(space_.FirstDirtySlab(0), 18u);
  set_dirty(18, 0);
  EXPECT_EQ(space_.FirstDirtySlab(0), kNone);
}

// ---------------------------------------------------------------- sparse

TEST_F(AddressSpaceTest, ALimitMakesItSparse) {
  InitSparse();
  ASSERT_EQ(space_.Grow(1), 0u);
  ExpectUsable(0, 1);
  EXPECT_FALSE(MayReadBytes()) << "it may have holes";
  EXPECT_EQ(space_.map().base() % kSuperslabBytes, 0u);
  ASSERT_EQ(space_.Grow(3), 1u);
  ExpectUsable(1, 3);
}

TEST_F(AddressSpaceTest, SparseHeapHasMetadataForItsLimitOnly) {
  InitSparse();
  const size_t of_the_limit = (size_t{512} << 20) / kUnitBytes * sizeof(Slab);
  EXPECT_LE(platform::GetSeams().committed_bytes, 3 * of_the_limit);
}

TEST_F(AddressSpaceTest, ATakenAddressIsSkippedForGood) {
  InitSparse();
  ASSERT_EQ(space_.Grow(1), 0u);
  // Somebody else takes one page of the next superslab.
  char* const taken = space_.map().UnitStart(kUnitsPerSuperslab) + kUnitBytes;
  void* const page = mmap(taken, kPageBytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  ASSERT_EQ(page, taken);
  *taken = 't';
  ASSERT_EQ(space_.Grow(1), 2u);
  EXPECT_EQ(*taken, 't');
  ExpectUsable(2, 1);
  EXPECT_EQ(space_.superslab(1).place.load(), Superslab::Place::kForeign);
  EXPECT_EQ(space_.superslab(1).used, ~uint64_t{0}) << "nobody may use it";
  for (size_t u = kUnitsPerSuperslab; u < 2 * kUnitsPerSuperslab; ++u) {
    EXPECT_FALSE(space_.IsMapped(u));
  }
  EXPECT_TRUE(space_.IsMapped(2 * kUnitsPerSuperslab));
}

TEST_F(AddressSpaceTest, FreeSuperslabsComeAndGoInSparseMode) {
  InitSparse();
  ASSERT_EQ(space_.Grow(2), 0u);
  ExpectUsable(0, 2);
  ASSERT_TRUE(space_.CanUnmap());
  space_.Unmap(1);
  EXPECT_FALSE(space_.IsMapped(kUnitsPerSuperslab));
  EXPECT_FALSE(platform::IsMapped(space_.map().UnitStart(kUnitsPerSuperslab)));
  EXPECT_TRUE(space_.IsMapped(0));
  ASSERT_EQ(space_.Remap(1), platform::MapResult::kMapped);
  EXPECT_TRUE(space_.IsMapped(kUnitsPerSuperslab));
  space_.map().Set(kUnitsPerSuperslab, kNoClass);
  EXPECT_EQ(*space_.map().UnitStart(kUnitsPerSuperslab), 0);
}

TEST_F(AddressSpaceTest, AnAddressTakenMeanwhileIsLostForGood) {
  InitSparse();
  ASSERT_EQ(space_.Grow(1), 0u);
  char* const at = space_.map().UnitStart(0);
  space_.Unmap(0);
  platform::GetSeams().fail_commit = 1;
  EXPECT_EQ(space_.Remap(0), platform::MapResult::kRefused);
  EXPECT_EQ(space_.superslab(0).place.load(), Superslab::Place::kUnmapped);
  ASSERT_EQ(platform::MapAt(at, kPageBytes), platform::MapResult::kMapped);
  EXPECT_EQ(space_.Remap(0), platform::MapResult::kTaken);
  EXPECT_EQ(space_.superslab(0).place.load(), Superslab::Place::kForeign);
  EXPECT_EQ(space_.superslab(0).used, ~uint64_t{0});
}

TEST_F(AddressSpaceTest, SparseHeapIsExhausted) {
  InitSparse();
  constexpr size_t kMost = (size_t{1} << 30) / kSuperslabBytes;  // twice the limit
  EXPECT_EQ(space_.Grow(kMost + 1), kNone);
  size_t grown = 0;
  while (grown <= kMost && space_.Grow(1) != kNone) ++grown;
  EXPECT_EQ(grown, kMost);
  EXPECT_EQ(space_.Grow(1), kNone);
  ExpectUsable(kMost - 1, 1);
}

TEST_F(AddressSpaceTest, SparseHeapWhoseAddressesAreAllTaken) {
  InitSparse();
  char* const base = space_.map().UnitStart(0);
  constexpr size_t kRange = size_t{1} << 30;
  ASSERT_EQ(mmap(base, kRange, PROT_NONE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0),
            base);
  EXPECT_EQ(space_.Grow(1), kNone);
  EXPECT_EQ(space_.Grow(1), kNone);
  platform::Unmap(base, kRange);
}

TEST_F(AddressSpaceTest, SparseHeapSurvivesARefusal) {
  InitSparse();
  platform::GetSeams().fail_commit = 2;
  EXPECT_EQ(space_.Grow(1), kNone);
  EXPECT_EQ(space_.Grow(1), kNone);
  EXPECT_EQ(space_.superslabs(), 0u) << "a refusal is not a taken address";
  EXPECT_EQ(space_.Grow(1), 0u);
  ExpectUsable(0, 1);
}

}  // namespace
}  // namespace hakmem
