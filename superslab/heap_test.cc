// A heap and its slabs: which are its own, which go to the pool, and when pages of them go back.

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "core/platform_seams.h"
#include "core/test_random.h"
#include "superslab/heap_fixture.h"
#include "superslab/process.h"

namespace hakmem {
namespace {

TEST_F(HeapTest, TakesNewBlocksInAddressOrder) {
  const Chain chain = a_->Take(kClass, 2);
  ASSERT_NE(chain.head, nullptr);
  EXPECT_LE(chain.count, 2u);
  EXPECT_TRUE(SlabOf(chain.head)->IsOwnedBy(a_));
  Blocks blocks = Take(a_, kPerSlab - chain.count);
  EXPECT_TRUE(std::is_sorted(blocks.begin(), blocks.end()));
  EXPECT_EQ(UsedSlabs(), before_ + 1);
  for (const FreeBlock* b : blocks) {
    EXPECT_EQ(process.superslabs.map().Lookup(b), kClass);
  }
  for (FreeBlock* b = chain.head; b != nullptr; b = b->next) blocks.push_back(b);
  EXPECT_EQ(std::set<FreeBlock*>(blocks.begin(), blocks.end()).size(), kPerSlab);
  Flush(a_, blocks);
}

TEST_F(HeapTest, TakesReturnedBlocksBeforeNewOnes) {
  Blocks blocks = Take(a_, 3);
  FreeBlock* const returned = blocks.back();
  blocks.pop_back();
  Flush(a_, {returned});
  const Chain chain = a_->Take(kClass, 100);
  EXPECT_EQ(chain.head, returned);
  EXPECT_EQ(chain.count, 1u);
  blocks.push_back(returned);
  Flush(a_, blocks);
}

TEST_F(HeapTest, KeepsOneEmptySlabOfAClass) {
  const Blocks blocks = Take(a_, 5 * kPerSlab);
  EXPECT_EQ(UsedSlabs(), before_ + 5);
  Flush(a_, blocks);
  EXPECT_EQ(UsedSlabs(), before_ + 1);
  a_->ReleaseEmpty();
  EXPECT_EQ(UsedSlabs(), before_);
}

TEST_F(HeapTest, GivesAMixedListHome) {
  TestRandom random(TestSeed(1));
  for (int round = 0; round < 20; ++round) {
    Blocks blocks = Take(a_, 40 * kPerSlab);
    for (size_t i = blocks.size(); i > 1; --i) std::swap(blocks[i - 1], blocks[random.Below(i)]);
    while (!blocks.empty()) {
      const size_t count = std::min(blocks.size(), 1 + random.Below(60));
      const auto first = blocks.end() - static_cast<std::ptrdiff_t>(count);
      Flush(a_, Blocks(first, blocks.end()));
      blocks.erase(first, blocks.end());
    }
    ASSERT_EQ(UsedSlabs(), before_ + 1);
  }
}

// ---------------------------------------------------------------- who has a slab

TEST_F(HeapTest, AnothersBlocksWaitForTheirOwner) {
  Blocks blocks = Take(a_, 2);
  Slab* const slab = SlabOf(blocks[0]);
  ASSERT_TRUE(slab->HasBlocks() && slab->IsOwnedBy(a_));
  const uint32_t out = slab->used();
  Flush(b_, blocks);
  EXPECT_EQ(slab->used(), out);
  EXPECT_TRUE(slab->IsOwnedBy(a_));
  // The owner finds them when it needs some.
  Flush(a_, Take(a_, 1));
  EXPECT_EQ(slab->used(), 0u);
}

TEST_F(HeapTest, ASlabWithNothingToGiveFloats) {
  const Blocks blocks = Take(a_, kPerSlab);
  Slab* const slab = SlabOf(blocks[0]);
  EXPECT_FALSE(slab->IsOwnedBy(a_));
  EXPECT_FALSE(slab->IsPooled());
  Flush(a_, blocks);
}

// Until its remote blocks are collected: then there is something to give.
TEST_F(HeapTest, ASlabWithRemoteBlocksDoesNotFloat) {
  Blocks blocks = Take(a_, 2);
  Slab* const slab = SlabOf(blocks[0]);
  FreeBlock* const remote = blocks.back();
  blocks.pop_back();
  // Not through Take, which would collect.
  Flush(b_, {remote});
  while (slab->HasBlocks()) TestAppend(slab->Carve(StartOf(slab), kPerSlab), &blocks);
  EXPECT_FALSE(slab->LetGo(a_, Slab::To::kFloat));
  const Chain chain = a_->Take(kClass, 1);
  EXPECT_EQ(chain.head, remote);
  blocks.push_back(remote);
  Flush(a_, blocks);
}

// A thread that allocates in the class keeps what comes back; one that only frees passes
// it on.
TEST_F(HeapTest, WhoAllocatesKeepsWhatItFrees) {
  const Blocks blocks = Take(a_, 2 * kPerSlab);
  Slab* const slab = SlabOf(blocks[0]);
  Flush(a_, {blocks[0]});
  EXPECT_TRUE(slab->IsOwnedBy(a_));
  Flush(a_, Blocks(blocks.begin() + 1, blocks.end()));
}

TEST_F(HeapTest, WhoOnlyFreesPassesOn) {
  const Blocks blocks = Take(a_, 2 * kPerSlab);
  Slab* const slab = SlabOf(blocks[0]);
  Flush(b_, {blocks[0], blocks[1]});
  EXPECT_TRUE(slab->IsPooled());
  Flush(b_, {blocks[2]});
  EXPECT_TRUE(slab->IsPooled()) << "more come back to it in the pool";
  const Blocks again = Take(a_, 3);
  EXPECT_EQ(SlabOf(again[0]), slab) << "the pool comes before fresh slabs";
  EXPECT_EQ(UsedSlabs(), before_ + 2);
  Flush(a_, again);
  Flush(a_, Blocks(blocks.begin() + 3, blocks.end()));
}

TEST_F(HeapTest, AHeapKeepsFewSlabs) {
  constexpr size_t kSlabs = 20;
  const Blocks blocks = Take(a_, kSlabs * kPerSlab);
  std::set<Slab*> slabs;
  Blocks one_each;
  Blocks rest;
  for (FreeBlock* b : blocks) (slabs.insert(SlabOf(b)).second ? one_each : rest).push_back(b);
  ASSERT_EQ(slabs.size(), kSlabs);
  Flush(a_, one_each);
  size_t kept = 0;
  size_t pooled = 0;
  for (const Slab* slab : slabs) {
    kept += slab->IsOwnedBy(a_);
    pooled += slab->IsPooled();
  }
  EXPECT_LE(kept, 4u);
  EXPECT_EQ(kept + pooled, kSlabs);
  Flush(b_, rest);
}

TEST_F(HeapTest, WhoOnlyFreesKeepsItsOwnSlabsUntilTheyAreThin) {
  constexpr size_t kSlabs = 20;
  const Blocks blocks = Take(a_, kSlabs * kPerSlab);
  a_->SetOnlyFrees(kClass, 1);
  std::map<Slab*, Blocks> of_slab;
  for (FreeBlock* b : blocks) of_slab[SlabOf(b)].push_back(b);
  ASSERT_EQ(of_slab.size(), kSlabs);
  for (const auto& [slab, all] : of_slab) {
    ASSERT_TRUE(slab->Floats());
    EXPECT_FALSE(b_->PutOwn(all[0])) << "b_ took none of its blocks";
    EXPECT_FALSE(slab->PutOne(a_, all[0], MarksOf(all[0]))) << "it is nobody's";
    EXPECT_TRUE(a_->PutOwn(all[0])) << "and claimed now";
  }
  const size_t slabs = UsedSlabs();
  Slab* before = nullptr;
  for (const auto& [slab, all] : of_slab) {
    size_t i = 1;
    while (slab->PutOne(a_, all[i], MarksOf(all[i]))) ++i;
    EXPECT_EQ(slab->used(), all.size() - i);
    EXPECT_EQ(slab->marked(), i);
    EXPECT_EQ(slab->FreeCount(), 0u);
    EXPECT_LE(slab->used(), Slab::kThinAtMost + 1);
    while (!slab->IsThin()) EXPECT_TRUE(a_->PutOwn(all[i++]));
    EXPECT_TRUE(slab->IsOwnedBy(a_)) << "it may be about to empty";
    if (before != nullptr) {
      EXPECT_TRUE(before->IsPooled());
      EXPECT_FALSE(a_->PutOwn(of_slab[before].back()));
      Flush(a_, {of_slab[before].back()});
    }
    of_slab[slab].erase(of_slab[slab].begin(),
                        of_slab[slab].begin() + static_cast<std::ptrdiff_t>(i));
    a_->Validate();
    before = slab;
  }
  EXPECT_EQ(UsedSlabs(), slabs);
  Blocks& last = of_slab[before];
  for (; last.size() > 1; last.pop_back())
    EXPECT_TRUE(before->PutOne(a_, last.back(), MarksOf(last.back())));
  EXPECT_FALSE(before->PutOne(a_, last[0], MarksOf(last[0]))) << "it will be empty";
  EXPECT_TRUE(a_->PutOwn(last[0]));
  EXPECT_EQ(UsedSlabs(), slabs - 1);
  for (auto& [slab, rest] : of_slab) {
    if (slab == before) continue;
    rest.pop_back();
    Flush(a_, rest);
  }
  EXPECT_EQ(UsedSlabs(), before_);
}

// The heap keeps one thin slab of a class, which is noted.
class NotedSlabTest : public HeapTest {
 protected:
  // Has a_, which only frees, give blocks of a slab back until it is thin; the others.
  Blocks MakeThin(Blocks of_slab) {
    a_->SetOnlyFrees(kClass, 1);
    do {
      EXPECT_TRUE(a_->PutOwn(of_slab.back()));
      of_slab.pop_back();
    } while (!SlabOf(of_slab[0])->IsThin());
    EXPECT_TRUE(SlabOf(of_slab[0])->thin);
    a_->Validate();
    return of_slab;
  }
  Blocks TakeSlab() {
    Blocks blocks = Take(a_, kPerSlab);
    EXPECT_EQ(blocks.size(), kPerSlab);
    return blocks;
  }
};

TEST_F(NotedSlabTest, IsGivenToThePoolWhenItIsIdle) {
  const Blocks rest = MakeThin(TakeSlab());
  EXPECT_TRUE(SlabOf(rest[0])->IsOwnedBy(a_));
  a_->ReleaseIdle(kClass);
  EXPECT_TRUE(SlabOf(rest[0])->IsPooled());
  a_->Validate();
  Flush(a_, rest);
}

TEST_F(NotedSlabTest, IsNotNotedAnyMoreWhenTakenFromThePool) {
  const Blocks rest = MakeThin(TakeSlab());
  Slab* const slab = SlabOf(rest[0]);
  a_->ReleaseIdle(kClass);
  ASSERT_TRUE(slab->IsPooled() && slab->thin);
  Blocks again = Take(b_, 1);
  ASSERT_EQ(SlabOf(again[0]), slab);
  EXPECT_FALSE(slab->thin);
  again.insert(again.end(), rest.begin(), rest.end());
  Flush(b_, again);
}

TEST_F(NotedSlabTest, IsNotNotedAnyMoreWhenItIsEmptyAndStays) {
  Blocks rest = MakeThin(TakeSlab());
  Slab* const slab = SlabOf(rest[0]);
  // The thread allocates again: of this slab, and all of it comes back.
  const Blocks again = Take(a_, 1);
  ASSERT_EQ(SlabOf(again[0]), slab);
  Flush(a_, again);
  Flush(a_, rest);
  EXPECT_TRUE(slab->IsOwnedBy(a_)) << "the only one of the class";
  EXPECT_FALSE(slab->thin);
  RetireA();
  EXPECT_EQ(UsedSlabs(), before_);
}

TEST_F(NotedSlabTest, IsNotInherited) {
  Heap* const parent = a_;
  a_ = process.heaps.Activate(parent);
  ASSERT_EQ(a_->parent, parent);
  const Blocks rest = MakeThin(TakeSlab());
  process.heaps.Retire(parent);
  a_ = process.heaps.Succeed(a_);
  ASSERT_EQ(a_, parent);
  EXPECT_TRUE(SlabOf(rest[0])->IsPooled());
  a_->Validate();
  Flush(a_, rest);
}

TEST_F(NotedSlabTest, IsTheOneThatBecameThinLastAlsoWhereTheOneBeforeHasRemoteBlocks) {
  Blocks first = TakeSlab();
  Blocks second = TakeSlab();
  first = MakeThin(first);
  Slab* const slab = SlabOf(first[0]);
  Flush(b_, {first.back()});  // a remote free: a_ can't let go of it
  first.pop_back();
  second = MakeThin(second);
  ASSERT_NE(SlabOf(second[0]), slab);
  EXPECT_FALSE(slab->thin);
  a_->DrainPending();
  a_->Validate();
  Flush(a_, first);
  Flush(a_, second);
}

TEST_F(HeapTest, MemoryIsExhaustedAndComesBack) {
  platform::GetSeams().fail_commit = -1;
  // What is accessible already is used up first.
  Blocks blocks;
  for (Chain chain = a_->Take(kNumClasses - 1, 1); chain.head != nullptr;
       chain = a_->Take(kNumClasses - 1, 1)) {
    blocks.push_back(chain.head);
    ASSERT_LT(blocks.size(), 100'000u);
  }
  platform::GetSeams().fail_commit = 0;
  for (size_t i = 0; i + 1 < blocks.size(); ++i) blocks[i]->next = blocks[i + 1];
  const Chain chain = a_->Take(kNumClasses - 1, 1);
  ASSERT_NE(chain.head, nullptr);
  a_->Flush(kNumClasses - 1, chain.head, 1);
  if (!blocks.empty()) a_->Flush(kNumClasses - 1, blocks[0], static_cast<uint32_t>(blocks.size()));
}

// How many pages of the slab of `block` have memory behind them.
size_t ResidentPages(const FreeBlock* block) {
  unsigned char resident[kSlabBytes / kPageBytes] = {};
  EXPECT_EQ(mincore(StartOf(SlabOf(block)), kSlabBytes, resident), 0);
  return static_cast<size_t>(std::count(std::begin(resident), std::end(resident), 1));
}

TEST_F(HeapTest, ALargeHeapThatFillsSlabsGetsAllPagesOfOneAtOnce) {
  process.superslabs.PurgeAll();
  const Blocks small = Take(a_, 1);
  EXPECT_EQ(ResidentPages(small[0]), 1u);
  bool zeroed;
  const size_t large = process.superslabs.Allocate(AddressSpace::kSmallHeapUnits, 1, &zeroed);
  ASSERT_NE(large, SuperslabHeap::kNone);
  // Fills what is free in the superslabs below.
  std::vector<size_t> units;
  do {
    units.push_back(process.superslabs.Allocate(kUnitsPerSlab, kUnitsPerSlab, &zeroed));
  } while (units.back() < large);
  Blocks many = Take(b_, 1);
  EXPECT_EQ(ResidentPages(many[0]), 1u) << "its only block, perhaps";
  while (SlabOf(many.back()) == SlabOf(many[0])) {
    const Blocks more = Take(b_, 1);
    many.insert(many.end(), more.begin(), more.end());
  }
  EXPECT_EQ(ResidentPages(many.back()), kSlabBytes / kPageBytes) << "it filled the first one";
  const Chain large_block = b_->Take(kNumClasses - 1, 1);
  EXPECT_EQ(ResidentPages(large_block.head), 1u) << "its other pages may never be needed";
  b_->Flush(kNumClasses - 1, large_block.head, large_block.count);
  Flush(a_, small);
  Flush(b_, many);
  for (const size_t u : units) process.superslabs.Free(u, kUnitsPerSlab, /*clean=*/true);
  process.superslabs.Free(large, AddressSpace::kSmallHeapUnits, /*clean=*/true);
}

// A slab of few large blocks leaves pages unused, which its place may have from before.
TEST_F(HeapTest, ASlabGivesItsTailBackWhereTheHeapGrows) {
  const SizeClass c = MidClass(24 * 1024 - 1);
  const SuperslabHeap::Totals totals = process.superslabs.GetTotals();
  bool zeroed;
  const size_t u = process.superslabs.Allocate(kUnitsPerSlab, kUnitsPerSlab, &zeroed);
  std::memset(process.superslabs.map().UnitStart(u), 'x', kSlabBytes);
  const size_t growth = totals.peak_used_units - totals.used_units;
  const size_t others = process.superslabs.Allocate(growth + 1, 1, &zeroed);
  process.superslabs.PurgeAll();
  process.superslabs.Free(u, kUnitsPerSlab);
  const Chain chain = a_->Take(c, 1);
  const Slab* const slab = SlabOf(chain.head);
  ASSERT_EQ(slab, process.superslabs.space().slab(u));
  EXPECT_EQ(ResidentPages(chain.head), slab->PagesOfBlocks());
  EXPECT_LT(slab->PagesOfBlocks(), kSlabBytes / kPageBytes);
  a_->Flush(c, chain.head, chain.count);
  process.superslabs.Free(others, growth + 1, /*clean=*/true);
}

TEST_F(HeapTest, TakesReturnedBlocksBeforeItCarvesAnotherSlab) {
  Blocks blocks = Take(a_, 2);
  Heap* const heir = process.heaps.Activate(a_);
  const Blocks heirs = Take(heir, 2);
  Flush(heir, {heirs[0]});
  RetireA();
  a_ = process.heaps.Succeed(heir);
  const Chain chain = a_->Take(kClass, 100);
  EXPECT_EQ(chain.head, heirs[0]);
  EXPECT_EQ(chain.count, 1u);
  blocks.insert(blocks.end(), heirs.begin(), heirs.end());
  Flush(a_, blocks);
}

// Ten slabs of which one block each is in use; the heap keeps some of them, the pool has the
// others.
class ThinSlabsTest : public HeapTest {
 protected:
  void SetUp() override {
    HeapTest::SetUp();
    // Leaves room, so that taking a slab later is no growth.
    Flush(b_, Take(b_, (kSlabs + 1) * kPerSlab));
    b_->ReleaseEmpty();
    const Blocks blocks = Take(a_, kSlabs * kPerSlab);
    Blocks back;
    for (FreeBlock* b : blocks) (in_use_.insert({SlabOf(b), b}).second ? stay_ : back).push_back(b);
    Flush(a_, back);
    for (const auto& [slab, block] : in_use_) pooled_ += slab->IsPooled();
    ASSERT_GT(pooled_, 0u);
    ASSERT_EQ(Purged(), 0u);
  }
  void TearDown() override {
    Flush(a_, stay_);
    HeapTest::TearDown();
  }
  // How many of the slabs gave pages back.
  size_t Purged() const {
    return static_cast<size_t>(std::count_if(in_use_.begin(), in_use_.end(), [](const auto& each) {
      return each.first->FreeCount() + 1u < kPerSlab;
    }));
  }
  // Takes slabs, one after the other, and gives them back.
  static void GrowBeyondPeak() {
    Heap* const heap = process.heaps.Activate(nullptr);
    const size_t peak = process.superslabs.GetTotals().peak_used_units / kUnitsPerSlab;
    Blocks blocks;
    while (UsedSlabs() < peak + kSlabs) TestAppend(heap->Take(kClass + 1, kPerSlab), &blocks);
    for (FreeBlock* b : blocks) heap->Flush(kClass + 1, b, 1);
    process.heaps.Retire(heap);
  }

  static constexpr size_t kSlabs = 10;
  std::map<Slab*, FreeBlock*> in_use_;
  Blocks stay_;
  size_t pooled_ = 0;
};

TEST_F(ThinSlabsTest, GivePagesBackWhenTheHeapGrows) {
  GrowBeyondPeak();
  EXPECT_EQ(Purged(), pooled_);
  a_->LetGoOfAll();
  EXPECT_GT(process.pool.PurgeAll(Process::PurgePages), 0u);
  EXPECT_EQ(Purged(), kSlabs) << "those that the heap kept, too";
  // Every block can be had again, and no other slab is needed for them.
  const size_t slabs = UsedSlabs();
  Blocks again = Take(a_, kSlabs * (kPerSlab - 1));
  EXPECT_EQ(again.size(), kSlabs * (kPerSlab - 1));
  EXPECT_EQ(UsedSlabs(), slabs);
  again.insert(again.end(), stay_.begin(), stay_.end());
  EXPECT_EQ(std::set<FreeBlock*>(again.begin(), again.end()).size(), kSlabs * kPerSlab);
  stay_ = again;
}

TEST_F(ThinSlabsTest, GivePagesBackWhenTheyAreOld) {
  // A fresh slab and its release, twice a round.
  const auto next_round = [this] {
    platform::GetSeams().now_ms += SuperslabHeap::kPurgeRoundMs;
    const Chain chain = b_->Take(kClass + 2, 1);
    b_->Flush(kClass + 2, chain.head, chain.count);
    b_->ReleaseEmpty();
    process.FreeSpareSlabs();
  };
  next_round();
  EXPECT_EQ(Purged(), 0u);
  next_round();
  next_round();
  EXPECT_EQ(Purged(), pooled_);
}

// ---------------------------------------------------------------- spare slabs

TEST_F(HeapTest, ASlabThatOneHeapEmptiedIsTheNextOnesThatNeedsOne) {
  const Blocks blocks = Take(a_, 1);
  Slab* const slab = SlabOf(blocks[0]);
  Flush(a_, blocks);
  const size_t used = UsedSlabs();
  a_->ReleaseEmpty();
  EXPECT_EQ(UsedSlabs(), used - 1);
  EXPECT_EQ(process.spares.Count(), 1u);
  EXPECT_FALSE(slab->IsOwnedBy(a_));
  const Blocks again = Take(b_, 1);
  EXPECT_EQ(again[0], blocks[0]);
  EXPECT_TRUE(slab->IsOwnedBy(b_));
  EXPECT_EQ(process.spares.Count(), 0u);
  Flush(b_, again);
}

TEST_F(HeapTest, ASpareSlabThatNobodyNeedsGoesBack) {
  Flush(a_, Take(a_, 1));
  a_->ReleaseEmpty();
  const size_t used = process.superslabs.GetTotals().used_units;
  for (int rounds = 0; rounds < 2; ++rounds) {
    EXPECT_EQ(process.spares.Count(), 1u);
    platform::GetSeams().now_ms += SuperslabHeap::kPurgeRoundMs;
    process.PurgeDue();
    b_->ReleaseIdleShared(kClass);
  }
  EXPECT_EQ(process.spares.Count(), 0u);
  EXPECT_EQ(process.superslabs.GetTotals().used_units, used - kUnitsPerSlab);
}

// ---------------------------------------------------------------- corruption

using HeapDeathTest = HeapTest;

TEST_F(HeapDeathTest, ABlockOfAnotherClassInAListIsCorruption) {
  const Blocks blocks = Take(a_, 2);
  EXPECT_DEATH(a_->Flush(kClass + 1, blocks[0], 1), "not of its size class: a write after free");
  FreeBlock foreign{nullptr};
  EXPECT_DEATH(a_->Flush(kClass, &foreign, 1), "not of its size class: a write after free");
  Flush(a_, blocks);
}

TEST_F(HeapDeathTest, ALinkThatWasOverwrittenIsNotFollowed) {
  const Blocks blocks = Take(a_, 3);
  blocks[0]->next = reinterpret_cast<FreeBlock*>(uintptr_t{0x4141414141414140});
  EXPECT_DEATH(a_->Flush(kClass, blocks[0], 3), "not of its size class: a write after free");
  blocks[0]->next = nullptr;
  EXPECT_DEATH(a_->Flush(kClass, blocks[0], 3), "not of its size class: a write after free");
  Flush(a_, blocks);
}

TEST_F(HeapDeathTest, ASlabInTheWrongListIsCorruption) {
  const Blocks blocks = Take(a_, 2);
  Slab* const slab = SlabOf(blocks[0]);
  slab->lister.store(b_);
  EXPECT_DEATH(a_->Validate(), "should not be there");
  slab->lister.store(a_);
  Flush(a_, blocks);
}

}  // namespace
}  // namespace hakmem
