// Heaps and their registry, without thread caches: one thread plays all of them.

#include "superslab/heap.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <map>
#include <set>
#include <vector>

#include "core/config.h"
#include "core/platform_seams.h"
#include "core/test_random.h"
#include "superslab/heap_registry.h"
#include "superslab/process.h"

namespace hakmem {
namespace {

using Blocks = std::vector<FreeBlock*>;

size_t UsedSlabs() { return process.superslabs.GetTotals().used_units / kUnitsPerSlab; }
Slab* SlabOf(const void* block) {
  return process.superslabs.space().slab(process.superslabs.map().UnitOf(block));
}

char* StartOf(const Slab* slab) { return process.superslabs.space().StartOf(slab); }

SlabMarks* MarksOf(const void* block) { return process.superslabs.space().MarksOf(block); }

class HeapTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(process.EnsureInitialized());
    before_ = UsedSlabs();
    a_ = process.heaps.Activate(nullptr);
    b_ = process.heaps.Activate(nullptr);
    ASSERT_TRUE(a_ != nullptr && b_ != nullptr && a_ != b_);
  }
  // Whatever a test did, when all blocks are back no unit is lost.
  void TearDown() override {
    for (Heap* heap : {a_, b_}) {
      if (heap == nullptr) continue;
      heap->DrainPending();
      heap->Validate();
      process.heaps.Retire(heap);
    }
    process.superslabs.Validate();
    EXPECT_EQ(UsedSlabs(), before_);
  }

  // At least `count` blocks.
  static Blocks Take(Heap* heap, size_t count) {
    Blocks blocks;
    while (blocks.size() < count) {
      const Chain chain = heap->Take(kClass, 7);
      uint32_t length = 0;
      for (FreeBlock* b = chain.head; b != nullptr; b = b->next, ++length) blocks.push_back(b);
      EXPECT_EQ(length, chain.count);
      if (chain.head == nullptr) break;
      heap->Validate();
    }
    return blocks;
  }
  static void Flush(Heap* heap, const Blocks& blocks) {
    for (size_t i = 0; i + 1 < blocks.size(); ++i) blocks[i]->next = blocks[i + 1];
    if (blocks.empty()) return;
    heap->Flush(kClass, blocks[0], static_cast<uint32_t>(blocks.size()));
    heap->Validate();
  }
  static void TestAppend(const Chain& chain, Blocks* blocks) {
    for (FreeBlock* b = chain.head; b != nullptr; b = b->next) blocks->push_back(b);
  }
  // Pushes blocks of one slab as remote ones, and does not say so yet; whom to tell.
  static Heap* PushRemote(Slab* slab, const Blocks& blocks) {
    for (size_t i = 0; i + 1 < blocks.size(); ++i) blocks[i]->next = blocks[i + 1];
    Heap* owner = nullptr;
    const Chain chain{blocks.front(), blocks.back(), static_cast<uint32_t>(blocks.size())};
    EXPECT_EQ(slab->PushRemote(StartOf(slab), chain, &owner), Slab::Pushed::kFirst);
    return owner;
  }
  void RetireA() {
    process.heaps.Retire(a_);
    a_ = nullptr;
  }
  void RetireB() {
    process.heaps.Retire(b_);
    b_ = nullptr;
  }

  // Some dozen blocks in a slab.
  static constexpr SizeClass kClass = kTinyEnd;
  static constexpr uint32_t kPerSlab = kGeometry[kClass].blocks_per_slab;
  Heap* a_ = nullptr;
  Heap* b_ = nullptr;
  size_t before_ = 0;
};

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

// ---------------------------------------------------------------- the registry

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

TEST_F(HeapTest, ALeanHeapOwnsNoSlabThatHasReturnedBlocks) {
  a_->SetLean(true);
  Blocks blocks = Take(a_, 3);
  Slab* const slab = SlabOf(blocks[0]);
  EXPECT_TRUE(slab->IsOwnedBy(a_)) << "what is new of it is nobody else's";
  Flush(a_, {blocks.back()});
  blocks.pop_back();
  EXPECT_TRUE(slab->IsPooled());
  const Blocks others = Take(b_, 1);
  EXPECT_EQ(SlabOf(others[0]), slab) << "of use to others";
  EXPECT_TRUE(slab->IsOwnedBy(b_));
  Flush(b_, others);
  Flush(a_, {blocks.back()});
  blocks.pop_back();
  b_->DrainPending();
  RetireB();
  EXPECT_TRUE(slab->IsPooled());
  // It takes the whole list, and gives what is left back.
  const Blocks again = Take(a_, 1);
  EXPECT_EQ(SlabOf(again[0]), slab);
  Flush(a_, again);
  EXPECT_EQ(UsedSlabs(), before_ + 1);
  Flush(a_, blocks);
  EXPECT_EQ(UsedSlabs(), before_) << "nor one that is empty";
}

TEST_F(HeapTest, ALeanHeapsFullSlabGoesToThePoolWithItsFirstBlock) {
  a_->SetLean(true);
  Blocks blocks = Take(a_, kPerSlab);
  Slab* const slab = SlabOf(blocks.back());
  ASSERT_TRUE(slab->Floats());
  Flush(a_, {blocks.back()});
  blocks.pop_back();
  EXPECT_TRUE(slab->IsPooled());
  Flush(a_, blocks);
}

TEST_F(HeapTest, WhoBecomesLeanLetsGoOfItsSlabs) {
  Blocks blocks = Take(a_, kPerSlab + 1);
  Slab* const first = SlabOf(blocks[0]);
  Slab* const second = SlabOf(blocks.back());
  Flush(a_, {blocks[0], blocks[1]});
  ASSERT_TRUE(first->IsOwnedBy(a_) && second->IsOwnedBy(a_));
  EXPECT_EQ(PushRemote(second, {blocks.back()}), a_);
  a_->SetLean(true);
  EXPECT_TRUE(first->IsPooled());
  EXPECT_TRUE(second->IsOwnedBy(a_)) << "as long as it has remote blocks";
  Heap::NotifyPending(second, a_);
  a_->DrainPending();
  EXPECT_FALSE(second->IsOwnedBy(a_));
  Flush(a_, Blocks(blocks.begin() + 2, blocks.end() - 1));
}

TEST_F(HeapTest, ALeanHeapWhoseThreadWorksIsLeanNoMore) {
  a_->SetLean(true);
  size_t bytes = 0;
  while (a_->IsLean()) {
    const Blocks blocks = Take(a_, 1);
    ASSERT_FALSE(blocks.empty());
    bytes += blocks.size() * kGeometry[kClass].stride;
    Flush(a_, blocks);
    ASSERT_LE(bytes, 2 * LeanTraffic::kLeastBytes);
  }
  EXPECT_GE(bytes, LeanTraffic::kLeastBytes / 2) << "trips count, too";
  const Blocks blocks = Take(a_, 2);
  EXPECT_TRUE(SlabOf(blocks[0])->IsOwnedBy(a_));
  Flush(a_, blocks);
}

TEST_F(HeapTest, WhereThereAreManyThreadsNewHeapsAndThoseThatWaitedAreLean) {
  std::vector<Heap*> crowd;
  while (!process.heaps.IsCrowded()) crowd.push_back(process.heaps.Activate(nullptr));
  EXPECT_EQ(crowd.size() + 2, HeapRegistry::kCrowd + 1);
  a_->BeginRound(1);
  EXPECT_FALSE(a_->IsLean()) << "its thread called in the round before";
  a_->BeginRound(2);
  EXPECT_TRUE(a_->IsLean());
  a_->BeginRound(1);
  EXPECT_TRUE(a_->IsLean());
  for (Heap* const heap : crowd) process.heaps.Retire(heap);
  EXPECT_FALSE(process.heaps.IsCrowded());
  b_->BeginRound(2);
  EXPECT_FALSE(b_->IsLean());
  a_->BeginRound(1);
  EXPECT_FALSE(a_->IsLean()) << "without a crowd";
}

TEST_F(HeapTest, TheChildOfAForkHasNoCrowd) {
  std::vector<Heap*> crowd;
  while (!process.heaps.IsCrowded()) crowd.push_back(process.heaps.Activate(nullptr));
  process.heaps.ResetActive(1);
  EXPECT_FALSE(process.heaps.IsCrowded());
  process.heaps.ResetActive(crowd.size() + 2);
  for (Heap* const heap : crowd) process.heaps.Retire(heap);
}

// The thread takes with it whether it is lean, as it does its lists.
TEST_F(HeapTest, AnHeirIsLeanIfItsThreadWas) {
  for (const bool lean : {true, false}) {
    Heap* const parent = process.heaps.Activate(nullptr);
    Blocks blocks = Take(parent, 2);
    Heap* heir = process.heaps.Activate(Heap::TakerOf(blocks[0]));
    parent->SetLean(!lean);
    heir->SetLean(lean);
    Blocks own = Take(heir, 2);
    process.heaps.Retire(parent);
    heir = process.heaps.Succeed(heir);
    ASSERT_EQ(heir, parent);
    EXPECT_EQ(heir->IsLean(), lean);
    Flush(heir, own);
    Flush(heir, blocks);
    process.heaps.Retire(heir);
  }
}

TEST_F(HeapTest, AHeapThatIsUsedAgainStaysAsItIsInACrowdAndIsNotLeanWithoutOne) {
  std::vector<Heap*> heaps;
  while (!process.heaps.IsCrowded()) heaps.push_back(process.heaps.Activate(nullptr));
  for (const bool lean : {true, false}) {
    Heap* const last = heaps.back();
    last->SetLean(lean);
    process.heaps.Retire(last);
    heaps.back() = process.heaps.Activate(nullptr);
    process.heaps.Retire(heaps.back());
    heaps.back() = process.heaps.Activate(last);
    ASSERT_EQ(heaps.back(), last);
    EXPECT_EQ(last->IsLean(), lean);
  }
  Heap* const last = heaps.back();
  last->SetLean(true);
  for (Heap* const heap : heaps) process.heaps.Retire(heap);
  Heap* const again = process.heaps.Activate(last);
  EXPECT_EQ(again, last);
  EXPECT_FALSE(again->IsLean());
  process.heaps.Retire(again);
}

TEST_F(HeapTest, IdleHeapsAreUsedAgain) {
  const size_t heaps = process.heaps.heaps();
  EXPECT_EQ(a_->state(), Heap::State::kActive);
  Heap* const idle = a_;
  RetireA();
  EXPECT_EQ(idle->state(), Heap::State::kIdle);
  a_ = process.heaps.Activate(nullptr);
  EXPECT_EQ(a_->state(), Heap::State::kActive);
  EXPECT_EQ(process.heaps.heaps(), heaps);
}

// The heap of the thread that blocks come from, when it has ended.
TEST_F(HeapTest, AHeirSucceedsToAnIdleParentAtOnce) {
  Heap* const parent = a_;
  const Blocks blocks = Take(a_, 2);
  RetireA();
  a_ = process.heaps.Activate(Heap::TakerOf(blocks[0]));
  EXPECT_EQ(a_, parent);
  EXPECT_EQ(a_->parent, nullptr);
  EXPECT_FALSE(a_->IsForeign(blocks[0]));
  Flush(a_, blocks);
}

// Or when it ends: then the heir's slabs move to it.
TEST_F(HeapTest, AHeirSucceedsToItsParentWhenThatIsIdle) {
  Heap* const parent = a_;
  const Blocks old_blocks = Take(a_, 2);
  Heap* heir = process.heaps.Activate(Heap::TakerOf(old_blocks[0]));
  EXPECT_EQ(heir->parent, parent);
  EXPECT_TRUE(heir->IsForeign(old_blocks[0])) << "as long as the parent's thread runs";
  const Blocks new_blocks = Take(heir, 2);
  EXPECT_EQ(process.heaps.Succeed(heir), heir) << "its thread runs";
  RetireA();
  a_ = process.heaps.Succeed(heir);
  EXPECT_EQ(a_, parent);
  EXPECT_EQ(heir->state(), Heap::State::kIdle);
  EXPECT_EQ(a_->state(), Heap::State::kActive);
  EXPECT_FALSE(a_->IsForeign(old_blocks[0]));
  EXPECT_TRUE(SlabOf(new_blocks[0])->IsOwnedBy(a_));
  Flush(a_, old_blocks);
  Flush(a_, new_blocks);
}

// Not only within a slab: the first in the list is still being carved, the second has some.
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
  platform::GetSeams().now_ms = 1'000'000'000;
  // A fresh slab and its release, twice a round.
  const auto next_round = [this] {
    platform::GetSeams().now_ms += SuperslabHeap::kPurgeRoundMs;
    const Chain chain = b_->Take(kClass + 2, 1);
    b_->Flush(kClass + 2, chain.head, chain.count);
    b_->ReleaseEmpty();
  };
  next_round();
  EXPECT_EQ(Purged(), 0u);
  next_round();
  next_round();
  EXPECT_EQ(Purged(), pooled_);
  platform::GetSeams().now_ms = 0;
}

TEST_F(HeapTest, OnlyOneHeirSucceeds) {
  const Blocks blocks = Take(a_, 2);
  Heap* const parent = a_;
  Heap* const first = process.heaps.Activate(parent);
  Heap* const second = process.heaps.Activate(parent);
  RetireA();
  a_ = process.heaps.Succeed(first);
  EXPECT_EQ(a_, parent);
  EXPECT_EQ(process.heaps.Succeed(second), second);
  process.heaps.Retire(second);
  Flush(a_, blocks);
}

TEST_F(HeapTest, ManyHeapsAreDistinct) {
  std::set<Heap*> heaps;
  for (int i = 0; i < 200; ++i) heaps.insert(process.heaps.Activate(nullptr));
  EXPECT_EQ(heaps.size(), 200u);
  EXPECT_EQ(heaps.count(nullptr), 0u);
  for (Heap* heap : heaps) process.heaps.Retire(heap);
}

TEST_F(HeapTest, NoHeapWithoutMemory) {
  std::vector<Heap*> heaps;
  platform::GetSeams().fail_commit = -1;
  Heap* heap;
  while (heaps.size() < 10'000 && (heap = process.heaps.Activate(nullptr)) != nullptr) {
    heaps.push_back(heap);
  }
  platform::GetSeams().fail_commit = 0;
  EXPECT_LT(heaps.size(), 10'000u);
  heap = process.heaps.Activate(nullptr);
  EXPECT_NE(heap, nullptr);
  heaps.push_back(heap);
  for (Heap* each : heaps) process.heaps.Retire(each);
}

TEST_F(HeapTest, ARetiredHeapsSlabIsUsedInPlace) {
  const Blocks blocks = Take(a_, kPerSlab / 2);
  RetireA();
  EXPECT_EQ(UsedSlabs(), before_ + 1);
  Blocks more = Take(b_, 1);
  EXPECT_EQ(UsedSlabs(), before_ + 1);
  EXPECT_EQ(SlabOf(more[0]), SlabOf(blocks[0]));
  more.insert(more.end(), blocks.begin(), blocks.end());
  Flush(b_, more);
}

TEST_F(HeapTest, RetiringGivesEmptySlabsBack) {
  Flush(a_, Take(a_, 3 * kPerSlab));
  EXPECT_EQ(UsedSlabs(), before_ + 1);
  RetireA();
  EXPECT_EQ(UsedSlabs(), before_);
}

TEST_F(HeapTest, TheLastBlockOfAPooledSlabGivesItBackAtOnce) {
  const Blocks blocks = Take(a_, 3 * kPerSlab);
  RetireA();
  EXPECT_EQ(UsedSlabs(), before_ + 3);
  for (size_t i = 0; i < blocks.size(); ++i) {
    Flush(b_, {blocks[i]});
    ASSERT_EQ(UsedSlabs(), before_ + 3 - (i + 1) / kPerSlab) << i;
  }
}

TEST_F(HeapTest, WhatIsPendingWhenItsOwnerRetiresIsCollected) {
  const Blocks blocks = Take(a_, 2);
  ASSERT_TRUE(SlabOf(blocks[0])->IsOwnedBy(a_));
  Flush(b_, blocks);
  RetireA();
  EXPECT_EQ(UsedSlabs(), before_);
}

// A thread that pushed to a slab may be late: the owner has retired when it says so.
TEST_F(HeapTest, ALateNoticeToARetiredHeapIsRescued) {
  const Blocks blocks = Take(a_, 2);
  Slab* const slab = SlabOf(blocks[0]);
  Heap* const late = a_;
  Heap* const owner = PushRemote(slab, blocks);
  RetireA();
  EXPECT_EQ(owner, late);
  EXPECT_TRUE(slab->IsOwnedBy(late)) << "until it is told";
  Heap::NotifyPending(slab, owner);
  EXPECT_EQ(UsedSlabs(), before_);
}

// Or it has retired and runs for another thread, which finds it.
TEST_F(HeapTest, ALateNoticeToAHeapInUseAgainIsFound) {
  const Blocks blocks = Take(a_, 2);
  Slab* const slab = SlabOf(blocks[0]);
  Heap* const late = PushRemote(slab, blocks);
  RetireA();
  a_ = process.heaps.Activate(late);
  ASSERT_EQ(a_, late);
  Heap::NotifyPending(slab, late);
  EXPECT_EQ(UsedSlabs(), before_ + 1);
  a_->DrainPending();
  a_->ReleaseEmpty();
  EXPECT_EQ(UsedSlabs(), before_);
}

TEST_F(HeapTest, BlocksOneByOneForThreadsWithoutAHeap) {
  Blocks blocks;
  for (uint32_t i = 0; i < 2 * kPerSlab; ++i) {
    blocks.push_back(process.heaps.TakeOne(kClass));
    ASSERT_NE(blocks.back(), nullptr);
  }
  EXPECT_EQ(std::set<FreeBlock*>(blocks.begin(), blocks.end()).size(), blocks.size());
  EXPECT_EQ(UsedSlabs(), before_ + 2);
  for (FreeBlock* b : blocks) process.heaps.GiveOne(kClass, b);
  EXPECT_EQ(UsedSlabs(), before_);
}

// Also when the block is one of a heap that has just retired.
TEST_F(HeapTest, GivesOneBlockOfASlabThatIsPending) {
  const Blocks blocks = Take(a_, 3);
  Slab* const slab = SlabOf(blocks[0]);
  Heap* const late = PushRemote(slab, {blocks[0]});
  RetireA();
  for (size_t i = 1; i < blocks.size(); ++i) process.heaps.GiveOne(kClass, blocks[i]);
  Heap::NotifyPending(slab, late);
  EXPECT_EQ(UsedSlabs(), before_);
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
