// Thread caches of real threads: refill and flush, the end of threads, and what comes after it.

#include "superslab/thread_cache.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <set>
#include <vector>

#include "core/platform_seams.h"
#include "superslab/process.h"
#include "superslab/thread_cache_fixture.h"

namespace hakmem {
namespace {

TEST_F(ThreadCacheTest, IsAllZerosAtFirst) {
  InThread([] {
    EXPECT_EQ(thread_cache.heap, nullptr);
    EXPECT_FALSE(thread_cache.exiting || thread_cache.detached);
    EXPECT_EQ(thread_cache.passing.bits, 0u);
    EXPECT_EQ(thread_cache.passes_left, 0);
    for (SizeClass c = 0; c < kNumClasses; ++c) {
      EXPECT_EQ(thread_cache.head[c], nullptr);
      EXPECT_EQ(thread_cache.room[c], 0);
      EXPECT_EQ(thread_cache.Length(c), 0u);
    }
  });
}

TEST_F(ThreadCacheTest, TheFirstPopAttachesAHeap) {
  InThread([] {
    void* const p = thread_cache.Pop(3);
    ASSERT_NE(thread_cache.heap, nullptr);
    EXPECT_EQ(thread_cache.heap->state(), Heap::State::kActive);
    thread_cache.Push(p, 3);
  });
}

bool IsZero(const void* p, size_t size) {
  const char* const bytes = static_cast<const char*>(p);
  return std::all_of(bytes, bytes + size, [](char c) { return c == 0; });
}

TEST_F(ThreadCacheTest, PopsWhatIsZeroWhereverItIsFrom) {
  for (SizeClass c = 1; c < kNumClasses; ++c) {
    InThread([c] {
      const size_t size = UsableBytes(c);
      Pointers blocks(3 * kGeometry[c].blocks_per_slab);
      // New slabs', the list's, and those of slabs that were emptied.
      for (int round = 0; round < 3; ++round) {
        for (void*& p : blocks) {
          p = thread_cache.PopZeroed(c, size, {});
          ASSERT_TRUE(IsZero(p, size)) << c << " in round " << round;
          std::memset(p, 0xEE, size);
        }
        Push(c, blocks);
        if (round == 1) thread_cache.GiveAllBack();
      }
    });
  }
}

TEST_F(ThreadCacheTest, PopsWhatIsZeroWithoutTouchingWhatIsNew) {
  constexpr SizeClass c = kNumClasses - 1;
  process.superslabs.PurgeAll();
  InThread([] {
    void* const p = thread_cache.PopZeroed(c, UsableBytes(c), {});
    char* const pages =
        reinterpret_cast<char*>(RoundUp(reinterpret_cast<uintptr_t>(p) + 1, kPageBytes));
    unsigned char resident[kMaxMidRequest / kPageBytes] = {};
    EXPECT_EQ(mincore(pages, kMaxMidRequest / kPageBytes * kPageBytes, resident), 0);
    EXPECT_EQ(std::count(std::begin(resident), std::end(resident), 1), 0);
    thread_cache.Push(p, c);
  });
}

TEST_F(ThreadCacheTest, TakesFewAtFirstAndThenAllThatASlabHas) {
  constexpr SizeClass c = 3;
  InThread([] {
    const Pointers blocks = Pop(c, kGeometry[c].blocks_per_slab);
    Push(c, Pointers(blocks.begin() + 1, blocks.end()));
    thread_cache.FlushAll();  // all of them are in one slab, which does not empty
    const Pointers first = Pop(c, 1);
    const uint32_t few = thread_cache.Length(c);
    EXPECT_LT(few, 100u);
    const Pointers rest = Pop(c, few + 1);
    EXPECT_EQ(few + 2 + thread_cache.Length(c), blocks.size() - 1);
    Push(c, first);
    Push(c, rest);
    Push(c, {blocks[0]});
  });
}

TEST_F(ThreadCacheTest, AForeignBlockGoesHomeWhenTheListIsLookedAt) {
  constexpr SizeClass c = 3;
  InThread([] {
    const Pointers foreign = Pop(c, 40);
    InThread([&foreign] {
      ASSERT_TRUE(thread_cache.Attach());
      thread_cache.Push(foreign[0], c);
      EXPECT_EQ(thread_cache.Length(c), 0u) << "there was no room: the first look";
      thread_cache.Push(foreign[1], c);
      EXPECT_EQ(thread_cache.Length(c), 1u) << "until the next look it is like any other";
      EXPECT_EQ(thread_cache.Pop(c), foreign[1]);
      const Pointers own = Pop(c, 40);
      Push(c, own);
      Push(c, Pointers(foreign.begin() + 1, foreign.end()));
      void* const last = thread_cache.Pop(c);
      thread_cache.SetRoom(c, thread_cache.Length(c), 0);
      thread_cache.Push(last, c);
      for (const FreeBlock* b = thread_cache.head[c]; b != nullptr; b = b->next) {
        EXPECT_FALSE(thread_cache.heap->IsForeign(b));
      }
      EXPECT_GE(thread_cache.Length(c), own.size());
    });
    Push(c, {});
  });
}

TEST_F(ThreadCacheTest, AThreadThatOnlyFreesGathersLess) {
  constexpr SizeClass kTiny = 3;
  constexpr SizeClass kMid = kTinyEnd + 8;
  for (const SizeClass c : {kTiny, kMid}) {
    const uint32_t stride = kGeometry[c].stride;
    const size_t gathered = std::max(4u, 2048 / stride);
    InThread([c, stride, gathered] {
      const Pointers blocks = Pop(c, 4 * Limit(c));
      const Pointers further = Pop(c, 4 * Limit(c));
      InThread([c, stride, gathered, &blocks, &further] {
        for (void* p : blocks) {
          thread_cache.Push(p, c);
          ASSERT_LE(thread_cache.Length(c) + thread_cache.room[c], gathered) << c;
        }
        // Until there is much traffic, in this round.
        constexpr SizeClass kMuch = kNumClasses - 1;
        while (!thread_cache.heap->MuchGoesHome()) {
          Push(kMuch, Pop(kMuch, 1000));
          thread_cache.FlushAll();
        }
        size_t most = 0;
        for (void* p : further) {
          thread_cache.Push(p, c);
          most = std::max(most, size_t{thread_cache.Length(c)} + thread_cache.room[c]);
        }
        EXPECT_EQ(most, std::max(8u, 16 * 1024 / stride)) << c;
        EndRound();
        EXPECT_FALSE(thread_cache.heap->MuchGoesHome());
      });
    });
  }
}

// Where there are many threads: what one keeps that may wait is little.
TEST_F(ThreadCacheTest, AThreadOfALeanHeapGathersLess) {
  constexpr SizeClass kTiny = 3;
  constexpr SizeClass kMid = kTinyEnd + 8;
  for (const SizeClass c : {kTiny, kMid}) {
    const size_t gathered = std::max(4u, 8 * 1024 / kGeometry[c].stride);
    InThread([this, c, gathered] {
      Push(c, Pop(c, 1));  // attaches
      thread_cache.FlushAll();
      BecomeLean();
      for (int i = 0; i < 3; ++i) {
        for (void* p : Pop(c, 10 * gathered)) thread_cache.Push(p, c);
        EXPECT_LE(thread_cache.Length(c) + thread_cache.room[c], gathered) << c;
      }
      EXPECT_FALSE(thread_cache.passing.Has(c));
      thread_cache.FlushAll();
      thread_cache.heap->FlushTransfers();
      EXPECT_EQ(UsedSlabs(), before_) << "though its thread has not ended";
      thread_cache.heap->SetLean(false);
    });
  }
}

// However long the list of the slab that it took.
TEST_F(ThreadCacheTest, AThreadOfALeanHeapKeepsWhatItTookUntilItFreedMore) {
  constexpr SizeClass c = TinyClass(128);
  constexpr size_t kGathered = 8 * 1024 / kGeometry[c].stride;
  InThread([] {
    Push(c, Pop(c, 1));  // attaches
    const Pointers blocks = Pop(c, kGeometry[c].blocks_per_slab);
    thread_cache.FlushAll();
    BecomeLean();
    Pointers odd;
    for (size_t i = 0; i < blocks.size(); ++i) {
      if (i % 2 == 0) odd.push_back(blocks[i]);
      if (i % 2 != 0) thread_cache.Push(blocks[i], c);
    }
    thread_cache.FlushAll();
    Pointers out = Pop(c, 16 + 2);  // the first time few, then the list
    const uint32_t length = thread_cache.Length(c);
    EXPECT_GT(length, kGathered / 2);
    for (size_t i = 0; i < kGathered / 2; ++i) {
      Push(c, {out.back()});
      out.back() = thread_cache.Pop(c);
    }
    EXPECT_EQ(thread_cache.Length(c), length);
    Push(c, out);
    Push(c, odd);
    thread_cache.heap->FlushTransfers();
  });
}

TEST_F(ThreadCacheTest, AThreadOfALeanHeapPassesWholeListsOnAndTakesThem) {
  constexpr SizeClass c = TinyClass(128);
  static constexpr uint32_t kGathered = 8 * 1024 / kGeometry[c].stride;
  InThread([] {
    Push(1, Pop(1, 1));  // attaches
    BecomeLean();
    Push(c, Pop(c, 2 * kGathered));
    const Chain list = process.transfers.Take(c);
    ASSERT_GE(list.count, kGathered / 2);
    ASSERT_TRUE(process.transfers.Put(c, list.head, list.count));
    thread_cache.FlushAll();
    EXPECT_EQ(thread_cache.Pop(c), list.head);
    EXPECT_EQ(thread_cache.Length(c), list.count - 1);
    Push(c, {list.head});
    thread_cache.heap->FlushTransfers();
    thread_cache.heap->SetLean(false);
  });
}

TEST_F(ThreadCacheTest, TransferredListsThatNobodyNeedsGoHomeAfterARound) {
  constexpr SizeClass c = kTinyEnd;
  InThread([this] {
    Push(1, Pop(1, 1));  // attaches
    std::vector<Heap*> crowd;
    while (!process.heaps.IsCrowded()) crowd.push_back(process.heaps.Activate(nullptr));
    BecomeLean();
    for (int i = 0; i < 2; ++i) Push(c, Pop(c, 100));
    EndRound();
    EXPECT_FALSE(process.transfers.SeemsEmpty());
    EndRound();
    EXPECT_TRUE(process.transfers.SeemsEmpty());
    Push(c, Pop(c, 100));
    EXPECT_FALSE(process.transfers.SeemsEmpty());
    for (Heap* const heap : crowd) process.heaps.Retire(heap);
    EndRound();
    EXPECT_TRUE(process.transfers.SeemsEmpty()) << "without a crowd";
  });
}

TEST_F(ThreadCacheTest, AThreadThatWaitedIsLeanWhereThereAreMany) {
  InThread([] {
    Push(1, Pop(1, 1));  // attaches
    std::vector<Heap*> crowd;
    while (!process.heaps.IsCrowded()) crowd.push_back(process.heaps.Activate(nullptr));
    EndRound();
    EndRound();
    EXPECT_FALSE(thread_cache.heap->IsLean()) << "it called in each round";
    for (int i = 0; i < 2; ++i) {
      platform::GetSeams().now_ms += SuperslabHeap::kPurgeRoundMs;
      process.PurgeDue();
    }
    thread_cache.FlushIdle(kNoClass);
    EXPECT_TRUE(thread_cache.heap->IsLean());
    for (Heap* const heap : crowd) process.heaps.Retire(heap);
    EndRound();
    EXPECT_FALSE(thread_cache.heap->IsLean());
  });
}

// Others may give blocks of a slab back that is its heap's for a moment, and stays its heap's then.
TEST_F(ThreadCacheTest, AThreadThatOnlyFreesCollectsWhatOthersFree) {
  constexpr SizeClass c = kTinyEnd;
  InThread([this] {
    const Pointers blocks = Pop(c, 2);
    auto* const b = static_cast<FreeBlock*>(blocks[0]);
    Slab* const slab = process.superslabs.space().SlabOf(b);
    Heap* owner = nullptr;
    char* const start = process.superslabs.space().StartOf(slab);
    ASSERT_EQ(slab->PushRemote(start, {b, b, 1}, &owner), Slab::Pushed::kFirst);
    ASSERT_EQ(owner, thread_cache.heap);
    Heap::NotifyPending(slab, owner);
    const uint32_t used = slab->used();
    for (int i = 0; i < IdleLists::kCallsPerTime; ++i) thread_cache.FlushIdle(kNoClass);
    EXPECT_EQ(slab->used(), used - 1);
    Push(c, {blocks[1]});
  });
}

// Blocks of other heaps, which are gathered again and again, don't keep a full list of another
// class from going home.

using ThreadCacheDeathTest = ThreadCacheTest;

TEST_F(ThreadCacheDeathTest, AListThatGoesRoundInACircleIsReported) {
  for (const SizeClass c : {SizeClass{7}, kTinyEnd + 2}) {
    const auto free_twice = [c] {
      void* const p = thread_cache.Pop(c);
      thread_cache.Push(p, c);
      thread_cache.Push(p, c);
      thread_cache.FlushAll();
    };
    EXPECT_DEATH(free_twice(), "double free") << c;
  }
}

TEST_F(ThreadCacheTest, FlushAllEmptiesIt) {
  InThread([this] {
    for (SizeClass c = 1; c < kNumClasses; ++c) Push(c, Pop(c, 3));
    thread_cache.FlushAll();
    for (SizeClass c = 1; c < kNumClasses; ++c) EXPECT_EQ(thread_cache.Length(c), 0u);
    EXPECT_LE(UsedSlabs(), before_ + kNumClasses) << "one slab of each class stays";
    thread_cache.heap->ReleaseEmpty();
    EXPECT_EQ(UsedSlabs(), before_);
    Push(2, Pop(2, 3));  // and works on
  });
}

TEST_F(ThreadCacheTest, MemoryIsExhausted) {
  InThread([] {
    thread_cache.Push(thread_cache.Pop(1), 1);
    platform::GetSeams().fail_commit = -1;
    const SizeClass c = kNumClasses - 1;
    Pointers blocks;
    errno = 0;
    while (blocks.size() < 100'000) {
      void* const p = thread_cache.Pop(c);
      if (p == nullptr) break;
      blocks.push_back(p);
    }
    EXPECT_LT(blocks.size(), 100'000u);
    EXPECT_EQ(errno, ENOMEM);
    platform::GetSeams().fail_commit = 0;
    Push(c, Pop(c, 1));
    Push(c, blocks);
  });
}

TEST_F(ThreadCacheTest, WhatOtherListsHoldIsHadWhenMemoryIsExhausted) {
  InThread([this] {
    const auto take_all = [](SizeClass c) {
      Pointers blocks;
      while (void* const p = thread_cache.Pop(c)) blocks.push_back(p);
      return blocks;
    };
    constexpr SizeClass kLarge = kNumClasses - 1;
    Push(kLarge, Pop(kLarge, 1));
    platform::GetSeams().fail_commit = -1;
    for (const SizeClass c : {kTinyEnd - 1, kTinyEnd}) {
      const Pointers small = take_all(c);
      const size_t slabs = UsedSlabs();
      Push(c, small);
      Push(c, Pop(c, 1));
      EXPECT_NE(thread_cache.head[c], nullptr);
      const Pointers large = take_all(kLarge);
      EXPECT_EQ(UsedSlabs(), slabs);
      EXPECT_EQ(large.size(), (slabs - before_) * kGeometry[kLarge].blocks_per_slab);
      Push(kLarge, large);
    }
    platform::GetSeams().fail_commit = 0;
  });
}

// ---------------------------------------------------------------- the end of threads

TEST_F(ThreadCacheTest, AThreadLeavesNothingBehind) {
  InThread([] {
    for (SizeClass c = 1; c < kNumClasses; ++c) Push(c, Pop(c, 10));
  });
  EXPECT_EQ(UsedSlabs(), before_);
}

TEST_F(ThreadCacheTest, BlocksOutliveTheirThread) {
  Pointers blocks;
  InThread([&blocks] { blocks = Pop(7, 100); });
  EXPECT_GT(UsedSlabs(), before_);
  InThread([&blocks] { Push(7, blocks); });
  EXPECT_EQ(UsedSlabs(), before_);
}

TEST_F(ThreadCacheTest, ADeadThreadsSlabIsUsedByAnother) {
  void* left = nullptr;
  InThread([&left] { left = thread_cache.Pop(7); });
  InThread([this, left] {
    const RegionMap& map = process.superslabs.map();
    void* const p = thread_cache.Pop(7);
    EXPECT_EQ(map.UnitOf(p), map.UnitOf(left));
    EXPECT_EQ(UsedSlabs(), before_ + 1);
    Push(7, {p, left});
  });
}

TEST_F(ThreadCacheTest, ManyThreadsLeaveNoMoreThanOne) {
  // One after another, each leaves one live block.
  const auto leave = [](Pointers* blocks) {
    InThread([blocks] { blocks->push_back(thread_cache.Pop(4)); });
  };
  Pointers blocks;
  leave(&blocks);
  const size_t after_one = UsedSlabs();
  const size_t heaps = process.heaps.heaps();
  for (int i = 1; i < 200; ++i) leave(&blocks);
  EXPECT_EQ(UsedSlabs(), after_one);
  EXPECT_EQ(process.heaps.heaps(), heaps);
  InThread([&blocks] { Push(4, blocks); });
}

// Such as one that glibc has free what belongs to other threads' stacks, after its exit hooks ran.
TEST_F(ThreadCacheTest, AThreadThatFreesAFewBlocksNeedsNoHeap) {
  constexpr size_t kFew = 10;
  constexpr SizeClass kClass = 4;
  Pointers blocks = Pop(kClass, kFew + 100);
  InThread([&blocks] {
    for (size_t i = 0; i < kFew; ++i) thread_cache.Push(blocks[i], kClass);
    EXPECT_EQ(thread_cache.heap, nullptr);
    EXPECT_EQ(thread_cache.head[kClass], nullptr);
  });
  InThread([&blocks] {
    for (size_t i = kFew; i < blocks.size(); ++i) thread_cache.Push(blocks[i], kClass);
    EXPECT_NE(thread_cache.heap, nullptr) << "one that goes on does";
  });
  thread_cache.GiveAllBack();
}

TEST_F(ThreadCacheTest, ItsFirstFreeDecidesWhomAThreadSucceeds) {
  constexpr SizeClass kClass = 4;
  void* left = nullptr;
  InThread([&left] {
    left = thread_cache.Pop(kClass);
    InThread([] { Push(kClass, Pop(kClass, 1)); });  // an idle heap that waits for longer
  });
  InThread([left] {
    const Heap* const before = Heap::TakerOf(static_cast<FreeBlock*>(left));
    thread_cache.Push(left, kClass);
    Push(kClass, Pop(kClass, 1));
    EXPECT_EQ(thread_cache.heap, before);
  });
}

// Destructors of a thread's own objects may allocate and free, whatever the order.
struct LateUser {
  std::function<void()> work;
  ~LateUser() {
    if (work) work();
  }
};
thread_local LateUser late_user;

TEST_F(ThreadCacheTest, AThreadsDestructorsMayAllocate) {
  InThread([] {
    late_user.work = [] { Push(6, Pop(6, 5)); };
    Push(6, Pop(6, 1));
  });
  EXPECT_EQ(UsedSlabs(), before_);
}

// After the hook has run for the last time.
TEST_F(ThreadCacheTest, ADetachedThreadStillAllocatesAndFrees) {
  void* foreign = nullptr;
  InThread([&foreign] { foreign = thread_cache.Pop(6); });
  InThread([this, foreign] {
    void* const own = thread_cache.Pop(6);
    thread_cache.ThreadExit();
    EXPECT_NE(thread_cache.heap, nullptr) << "others' hooks may still allocate";
    thread_cache.ThreadExit();
    EXPECT_EQ(thread_cache.heap, nullptr);
    EXPECT_TRUE(thread_cache.detached);
    for (const SizeClass c : {SizeClass{1}, SizeClass{6}, kNumClasses - 1}) {
      const Pointers blocks = Pop(c, 20);
      EXPECT_EQ(std::set<void*>(blocks.begin(), blocks.end()).size(), 20u);
      EXPECT_EQ(thread_cache.heap, nullptr);
      EXPECT_EQ(thread_cache.head[c], nullptr) << "it keeps nothing that nobody would flush";
      Push(c, blocks);
      EXPECT_EQ(thread_cache.head[c], nullptr);
    }
    Push(6, {own, foreign});
    EXPECT_EQ(UsedSlabs(), before_);
  });
}

TEST_F(ThreadCacheTest, AThreadThatGetsNoHeapIsServedBlockByBlock) {
  // Use up the heaps that are there.
  std::vector<Heap*> heaps;
  platform::GetSeams().fail_commit = -1;
  while (Heap* const heap = process.heaps.Activate(nullptr)) heaps.push_back(heap);
  platform::GetSeams().fail_commit = 0;
  InThread([] {
    platform::GetSeams().fail_commit = 1;
    void* const p = thread_cache.Pop(6);
    ASSERT_NE(p, nullptr);
    EXPECT_EQ(thread_cache.heap, nullptr);
    void* const q = thread_cache.Pop(6);
    EXPECT_NE(thread_cache.heap, nullptr) << "it got one when it asked again";
    Push(6, {p, q});
  });
  for (Heap* const heap : heaps) process.heaps.Retire(heap);
}

}  // namespace
}  // namespace hakmem
