// Two heaps of the process, without thread caches: one thread plays both.
#ifndef HAKMEM_SUPERSLAB_HEAP_FIXTURE_H_
#define HAKMEM_SUPERSLAB_HEAP_FIXTURE_H_

#include <gtest/gtest.h>

#include <vector>

#include "core/platform_seams.h"
#include "superslab/heap.h"
#include "superslab/process.h"
#include "superslab/test_process.h"

namespace hakmem {

using Blocks = std::vector<FreeBlock*>;

inline Slab* SlabOf(const void* block) {
  return process.superslabs.space().slab(process.superslabs.map().UnitOf(block));
}

inline char* StartOf(const Slab* slab) { return process.superslabs.space().StartOf(slab); }

inline SlabMarks* MarksOf(const void* block) { return process.superslabs.space().MarksOf(block); }

class HeapTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(process.EnsureInitialized());
    StopClock();
    process.PurgeDue();  // ends the round of earlier tests, and tells the pool
    process.FreeSpareSlabs();
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
    platform::GetSeams().now_ms = 0;
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

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_HEAP_FIXTURE_H_
