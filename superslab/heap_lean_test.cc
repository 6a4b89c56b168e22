// Heaps that own next to nothing, as there are many.

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "superslab/heap_fixture.h"
#include "superslab/process.h"

namespace hakmem {
namespace {

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
  EXPECT_GE(bytes, LeanTraffic::kLeastBytes / 4)
      << "with each of these blocks' ways a trip or two count";
  const Blocks blocks = Take(a_, 2);
  EXPECT_TRUE(SlabOf(blocks[0])->IsOwnedBy(a_));
  Flush(a_, blocks);
}

TEST_F(HeapTest, ALeanHeapTakesListsThatAnotherPassedOn) {
  a_->SetLean(true);
  b_->SetLean(true);
  const Blocks blocks = Take(a_, 3);
  const auto count = static_cast<uint32_t>(blocks.size());
  for (size_t i = 0; i < count; ++i) blocks[i]->next = i + 1 < count ? blocks[i + 1] : nullptr;
  a_->PassOn(kClass, blocks[0], count);
  EXPECT_EQ(UsedSlabs(), before_ + 1);
  const Chain chain = b_->Take(kClass, 1);
  EXPECT_EQ(chain.head, blocks[0]) << "all of it, however many were asked for";
  EXPECT_EQ(chain.count, count);
  EXPECT_FALSE(b_->OnlyFrees(kClass)) << "it took some";
  b_->PassOn(kClass, chain.head, chain.count);
  b_->SetLean(false);
  const Blocks others = Take(b_, 1);
  for (FreeBlock* b : others) EXPECT_EQ(std::count(blocks.begin(), blocks.end(), b), 0);
  Flush(b_, others);
  a_->FlushTransfers();
  b_->ReleaseEmpty();
  EXPECT_EQ(UsedSlabs(), before_);
}

TEST_F(HeapTest, ListsThatOthersPassedOnAreNoTrafficOfWhoGivesThemHome) {
  a_->SetLean(true);
  // Blocks of many slabs, as trips are what counts most.
  constexpr uint32_t kTrips = LeanTraffic::kLeastBytes / LeanTraffic::kTripBytes;
  for (uint32_t i = 0; i < kTrips; ++i) {
    const Blocks blocks = Take(b_, 1);
    for (FreeBlock* b : blocks) {
      b->next = nullptr;
      ASSERT_TRUE(process.transfers.Put(kClass, b, 1));
      a_->FlushTransfers();
    }
  }
  Flush(a_, Take(a_, 1));
  EXPECT_TRUE(a_->IsLean());
}

TEST_F(HeapTest, AListForWhichThereIsNoRoomGoesHome) {
  a_->SetLean(true);
  constexpr size_t kTooMany = TransferCache::kMostBytes / kGeometry[kClass].stride + 1;
  const Blocks blocks = Take(a_, kTooMany);
  for (size_t i = 0; i + 1 < blocks.size(); ++i) blocks[i]->next = blocks[i + 1];
  blocks.back()->next = nullptr;
  a_->PassOn(kClass, blocks[0], static_cast<uint32_t>(blocks.size()));
  EXPECT_EQ(UsedSlabs(), before_);
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

}  // namespace
}  // namespace hakmem
