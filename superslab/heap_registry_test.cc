// Heaps that are made, retired, inherited and used again.

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "core/platform_seams.h"
#include "superslab/heap_fixture.h"
#include "superslab/process.h"

namespace hakmem {
namespace {

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

}  // namespace
}  // namespace hakmem
