// Heaps and their registry, without thread caches: one thread plays all of them.

#include "superslab/heap.h"

#include <gtest/gtest.h>

#include <algorithm>
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

size_t UsedUnits() { return process.superslabs.GetTotals().used_units; }
Slab* SlabOf(const void* block) {
  return process.superslabs.space().slab(process.superslabs.map().UnitOf(block));
}

class HeapTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(process.EnsureInitialized());
    before_ = UsedUnits();
    a_ = process.heaps.Activate();
    b_ = process.heaps.Activate();
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
    process.heaps.ReleaseEmpty();
    process.superslabs.Validate();
    EXPECT_EQ(UsedUnits(), before_);
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
  static void Give(Heap* heap, const Blocks& blocks) {
    for (size_t i = 0; i + 1 < blocks.size(); ++i) blocks[i]->next = blocks[i + 1];
    if (blocks.empty()) return;
    heap->Give(kClass, blocks[0], static_cast<uint32_t>(blocks.size()));
    heap->Validate();
  }
  void RetireA() {
    process.heaps.Retire(a_);
    a_ = nullptr;
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
  Blocks blocks = Take(a_, kPerSlab - chain.count);
  EXPECT_TRUE(std::is_sorted(blocks.begin(), blocks.end()));
  EXPECT_EQ(UsedUnits(), before_ + 1);
  for (const FreeBlock* b : blocks) {
    EXPECT_EQ(SlabOf(b)->owner.load(), a_);
    EXPECT_EQ(process.superslabs.map().Lookup(b), kClass);
  }
  for (FreeBlock* b = chain.head; b != nullptr; b = b->next) blocks.push_back(b);
  EXPECT_EQ(std::set<FreeBlock*>(blocks.begin(), blocks.end()).size(), kPerSlab);
  Give(a_, blocks);
}

TEST_F(HeapTest, TakesReturnedBlocksBeforeNewOnes) {
  Blocks blocks = Take(a_, 3);
  FreeBlock* const returned = blocks.back();
  blocks.pop_back();
  Give(a_, {returned});
  const Chain chain = a_->Take(kClass, 100);
  EXPECT_EQ(chain.head, returned);
  EXPECT_EQ(chain.count, 1u);
  blocks.push_back(returned);
  Give(a_, blocks);
}

TEST_F(HeapTest, KeepsOneEmptySlabOfAClass) {
  const Blocks blocks = Take(a_, 5 * kPerSlab);
  EXPECT_EQ(UsedUnits(), before_ + 5);
  Give(a_, blocks);
  EXPECT_EQ(UsedUnits(), before_ + 1);
  a_->ReleaseEmpty();
  EXPECT_EQ(UsedUnits(), before_);
}

TEST_F(HeapTest, GivesAMixedListHome) {
  TestRandom random(TestSeed(1));
  for (int round = 0; round < 20; ++round) {
    Blocks blocks = Take(a_, 40 * kPerSlab);
    for (size_t i = blocks.size(); i > 1; --i) std::swap(blocks[i - 1], blocks[random.Below(i)]);
    while (!blocks.empty()) {
      const size_t count = std::min(blocks.size(), 1 + random.Below(60));
      const auto first = blocks.end() - static_cast<std::ptrdiff_t>(count);
      Give(a_, Blocks(first, blocks.end()));
      blocks.erase(first, blocks.end());
    }
    ASSERT_EQ(UsedUnits(), before_ + 1);
  }
}

TEST_F(HeapTest, AnothersBlocksWaitForTheirOwner) {
  const Blocks blocks = Take(a_, 2 * kPerSlab);
  Give(b_, blocks);
  EXPECT_EQ(SlabOf(blocks[0])->used.load(), kPerSlab);
  EXPECT_EQ(UsedUnits(), before_ + 2);
  // The owner finds them when it needs some.
  const Chain chain = a_->Take(kClass, 1);
  EXPECT_EQ(SlabOf(chain.head)->owner.load(), a_);
  EXPECT_EQ(UsedUnits(), before_ + 1);
  Blocks again;
  for (FreeBlock* b = chain.head; b != nullptr; b = b->next) again.push_back(b);
  Give(a_, again);
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
  a_->Give(kNumClasses - 1, chain.head, 1);
  if (!blocks.empty()) a_->Give(kNumClasses - 1, blocks[0], static_cast<uint32_t>(blocks.size()));
}

// ---------------------------------------------------------------- the registry

TEST_F(HeapTest, IdleHeapsAreUsedAgain) {
  const size_t heaps = process.heaps.heaps();
  EXPECT_EQ(a_->state(), Heap::State::kActive);
  Heap* const idle = a_;
  RetireA();
  EXPECT_EQ(idle->state(), Heap::State::kIdle);
  a_ = process.heaps.Activate();
  EXPECT_EQ(a_, idle);
  EXPECT_EQ(a_->state(), Heap::State::kActive);
  EXPECT_EQ(process.heaps.heaps(), heaps);
}

TEST_F(HeapTest, ManyHeapsAreDistinct) {
  std::set<Heap*> heaps;
  for (int i = 0; i < 200; ++i) heaps.insert(process.heaps.Activate());
  EXPECT_EQ(heaps.size(), 200u);
  EXPECT_EQ(heaps.count(nullptr), 0u);
  for (Heap* heap : heaps) process.heaps.Retire(heap);
}

TEST_F(HeapTest, NoHeapWithoutMemory) {
  std::vector<Heap*> heaps;
  platform::GetSeams().fail_commit = -1;
  Heap* heap;
  while (heaps.size() < 10'000 && (heap = process.heaps.Activate()) != nullptr) {
    heaps.push_back(heap);
  }
  platform::GetSeams().fail_commit = 0;
  EXPECT_LT(heaps.size(), 10'000u);
  heap = process.heaps.Activate();
  EXPECT_NE(heap, nullptr);
  heaps.push_back(heap);
  for (Heap* each : heaps) process.heaps.Retire(each);
}

TEST_F(HeapTest, ARetiredHeapsSlabIsUsedInPlace) {
  const Blocks blocks = Take(a_, kPerSlab / 2);
  RetireA();
  EXPECT_EQ(UsedUnits(), before_ + 1);
  Blocks more = Take(b_, 1);
  EXPECT_EQ(UsedUnits(), before_ + 1);
  EXPECT_EQ(SlabOf(more[0]), SlabOf(blocks[0]));
  EXPECT_EQ(SlabOf(blocks[0])->owner.load(), b_);
  more.insert(more.end(), blocks.begin(), blocks.end());
  Give(b_, more);
}

TEST_F(HeapTest, RetiringGivesEmptySlabsBack) {
  Give(a_, Take(a_, 3 * kPerSlab));
  EXPECT_EQ(UsedUnits(), before_ + 1);
  RetireA();
  EXPECT_EQ(UsedUnits(), before_);
}

TEST_F(HeapTest, TheLastBlockOfAnOrphanGivesTheSlabBackAtOnce) {
  const Blocks blocks = Take(a_, 3 * kPerSlab);
  RetireA();
  EXPECT_EQ(UsedUnits(), before_ + 3);
  for (size_t i = 0; i < blocks.size(); ++i) {
    Give(b_, {blocks[i]});
    ASSERT_EQ(UsedUnits(), before_ + 3 - (i + 1) / kPerSlab) << i;
  }
}

TEST_F(HeapTest, WhatIsPendingWhenItsOwnerRetiresIsCollected) {
  const Blocks blocks = Take(a_, 2 * kPerSlab);
  Give(b_, blocks);
  RetireA();
  EXPECT_EQ(UsedUnits(), before_);
}

// A thread that read a slab's owner may be late: the owner has retired when it pushes.
TEST_F(HeapTest, ALatePushToARetiredHeapIsRescued) {
  const Blocks blocks = Take(a_, 2);
  Slab* const slab = SlabOf(blocks[0]);
  Heap* const late = a_;
  RetireA();
  const size_t u = process.superslabs.space().UnitOfSlab(slab);
  for (size_t i = 0; i + 1 < blocks.size(); ++i) blocks[i]->next = blocks[i + 1];
  ASSERT_TRUE(
      slab->PushRemote(process.superslabs.map().UnitStart(u),
                       {blocks.front(), blocks.back(), static_cast<uint32_t>(blocks.size())}));
  late->PushPending(slab);
  EXPECT_EQ(late->state(), Heap::State::kIdle);
  process.heaps.Rescue(late);
  EXPECT_EQ(UsedUnits(), before_);
}

// Or it has retired and runs for another thread: which passes on what is not its own.
TEST_F(HeapTest, ALatePushToAHeapInUseAgainIsPassedOn) {
  const Blocks blocks = Take(a_, kPerSlab);
  Slab* const slab = SlabOf(blocks[0]);
  Heap* const late = a_;
  RetireA();
  a_ = process.heaps.Activate();
  ASSERT_EQ(a_, late);
  const size_t u = process.superslabs.space().UnitOfSlab(slab);
  for (size_t i = 0; i + 1 < blocks.size(); ++i) blocks[i]->next = blocks[i + 1];
  ASSERT_TRUE(slab->PushRemote(process.superslabs.map().UnitStart(u),
                               {blocks.front(), blocks.back(), kPerSlab}));
  a_->PushPending(slab);
  EXPECT_EQ(UsedUnits(), before_ + 1);
  a_->DrainPending();
  EXPECT_EQ(UsedUnits(), before_);
}

TEST_F(HeapTest, OrphansGiveBlocksOneByOne) {
  Blocks blocks;
  for (uint32_t i = 0; i < 2 * kPerSlab; ++i) {
    blocks.push_back(process.heaps.TakeOne(kClass));
    ASSERT_NE(blocks.back(), nullptr);
  }
  EXPECT_EQ(std::set<FreeBlock*>(blocks.begin(), blocks.end()).size(), blocks.size());
  EXPECT_EQ(UsedUnits(), before_ + 2);
  for (FreeBlock* b : blocks) process.heaps.GiveOne(kClass, b);
  EXPECT_EQ(UsedUnits(), before_);
}

// ---------------------------------------------------------------- corruption

using HeapDeathTest = HeapTest;

TEST_F(HeapDeathTest, ABlockOfAnotherClassInAListIsCorruption) {
  const Blocks blocks = Take(a_, 2);
  EXPECT_DEATH(a_->Give(kClass + 1, blocks[0], 1), "not of its size class: a write after free");
  FreeBlock foreign{nullptr};
  EXPECT_DEATH(a_->Give(kClass, &foreign, 1), "not of its size class: a write after free");
  Give(a_, blocks);
}

TEST_F(HeapDeathTest, ASlabInTheWrongListIsCorruption) {
  const Blocks blocks = Take(a_, 2);
  Slab* const slab = SlabOf(blocks[0]);
  slab->in_partial = false;
  EXPECT_DEATH(a_->Validate(), "not partial");
  slab->in_partial = true;
  Give(a_, blocks);
}

}  // namespace
}  // namespace hakmem
