// How long the lists of a thread cache get, and when they go home.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/platform_seams.h"
#include "core/test_random.h"
#include "superslab/process.h"
#include "superslab/thread_cache.h"
#include "superslab/thread_cache_fixture.h"

namespace hakmem {
namespace {

TEST_F(ThreadCacheTest, AFullListGoesHomeWhateverElseIsFreed) {
  constexpr SizeClass kForeign = 7;
  constexpr SizeClass c = kTinyEnd - 1;
  InThread([] {
    const Pointers foreign = Pop(kForeign, 20 * Limit(c));
    InThread([&foreign] {
      const Pointers own = Pop(c, 20 * Limit(c));
      for (size_t i = 0; i < own.size(); ++i) {
        thread_cache.Push(own[i], c);
        thread_cache.Push(foreign[i], kForeign);
      }
      EXPECT_EQ(thread_cache.Length(c), 0u);
    });
  });
}

// However long a list a stream of frees leaves, what follows pays for few looks at it.
TEST_F(ThreadCacheTest, ALookMakesRoomForManyFrees) {
  constexpr SizeClass c = 16;
  constexpr uint32_t kMany = 16;
  constexpr uint32_t kPairs = 1000;
  for (uint32_t more = 0; more < 2 * kMany; ++more) {
    InThread([more] {
      Push(c, Pop(c, 40 * kMany + more));
      uint32_t looks = 0;
      for (uint32_t i = 0; i < kPairs; ++i) {
        void* const p = thread_cache.Pop(c);
        const uint16_t room = thread_cache.room[c];
        thread_cache.Push(p, c);
        const bool went_past = thread_cache.head[c] != p;
        if (thread_cache.room[c] >= room && !went_past) ++looks;
      }
      EXPECT_LE(looks, 1 + kPairs / kMany) << more;
    });
  }
}

TEST_F(ThreadCacheTest, IsLastInFirstOut) {
  InThread([] {
    const Pointers blocks = Pop(5, 3);
    Push(5, blocks);
    EXPECT_EQ(thread_cache.Pop(5), blocks[2]);
    EXPECT_EQ(thread_cache.Pop(5), blocks[1]);
    EXPECT_EQ(thread_cache.Pop(5), blocks[0]);
    Push(5, blocks);
  });
}

// length + room <= budget <= limit, whatever a thread does.
TEST_F(ThreadCacheTest, KeepsItsListsWithinTheirLimits) {
  InThread([] {
    TestRandom random(TestSeed(1));
    for (SizeClass c = 1; c < kNumClasses; ++c) {
      Pointers blocks = Pop(c, 1);
      thread_cache.Push(blocks[0], c);
      blocks.clear();
      uint32_t limit = Limit(c);
      for (int step = 0; step < 40; ++step) {
        const size_t count = 1 + random.Below(2 * limit < 300 ? 2 * limit : 300);
        if (random.OneIn(2)) {
          const Pointers more = Pop(c, count);
          blocks.insert(blocks.end(), more.begin(), more.end());
        } else {
          const size_t back = std::min(count, blocks.size());
          Push(c, Pointers(blocks.end() - static_cast<std::ptrdiff_t>(back), blocks.end()));
          blocks.resize(blocks.size() - back);
        }
        const uint32_t budget = thread_cache.heap->budget(c);
        limit = std::max(limit, thread_cache.heap->list_limits().Get(c));
        const uint32_t most = thread_cache.Length(c) + thread_cache.room[c];
        ASSERT_LE(most, budget) << "class " << c;
        if (CountsPops(c)) {
          ASSERT_EQ(most, budget) << "class " << c;
        }
        ASSERT_LE(budget, limit) << "class " << c;
      }
      ASSERT_EQ(std::set<void*>(blocks.begin(), blocks.end()).size(), blocks.size());
      Push(c, blocks);
      thread_cache.FlushAll();
    }
    thread_cache.heap->Validate();
  });
}

TEST_F(ThreadCacheTest, FreesGoPastAFullListUntilItGoesHome) {
  constexpr SizeClass c = kTinyEnd;
  InThread([before = before_] {
    const uint32_t limit = Limit(c);
    const Pointers blocks = Pop(c, 24 * limit);
    auto next = blocks.begin();
    const auto push = [&next](size_t count) {
      for (; count > 0; --count) thread_cache.Push(*next++, c);
    };
    while (thread_cache.Length(c) < limit) push(1);
    void* const newest = thread_cache.head[c];
    push(limit);
    EXPECT_EQ(thread_cache.Length(c), limit);
    EXPECT_EQ(thread_cache.head[c], newest) << "they went to their slabs";
    // A malloc makes room for a free.
    thread_cache.Push(thread_cache.Pop(c), c);
    EXPECT_EQ(thread_cache.head[c], newest);
    push(12 * limit);  // a sample of them suffices
    EXPECT_EQ(thread_cache.Length(c), 0u) << "it is of no use";
    Push(c, Pointers(next, blocks.end()));
    EXPECT_EQ(thread_cache.Length(c), 0u) << "no other thread's blocks are to be gathered";
    EXPECT_LE(UsedSlabs(), before + 1) << "nothing keeps the slabs from emptying";
    // And useful again.
    Push(c, Pop(c, 3));
    EXPECT_GE(thread_cache.Length(c), 3u);
    thread_cache.heap->Validate();
  });
}

TEST_F(ThreadCacheTest, AListThatWasTooShortMayHoldMore) {
  for (const SizeClass c : {SizeClass{5}, kTinyEnd + 1}) {
    InThread([c] {
      const auto limit = [c] { return thread_cache.heap->list_limits().Get(c); };
      Push(c, Pop(c, 2 * Limit(c)));
      EXPECT_EQ(limit(), Limit(c)) << "nobody wanted it so far";
      Push(c, Pop(c, 2 * Limit(c)));
      EXPECT_EQ(limit(), 2 * Limit(c)) << "it was full, and used up all the same";
      Push(c, Pop(c, Limit(c)));
      EXPECT_EQ(limit(), 2 * Limit(c)) << "it sufficed";
    });
    InThread([c] {
      for (uint32_t i = 0; i < 2 * Limit(c); ++i) Push(c, Pop(c, 1));
      EXPECT_EQ(thread_cache.heap->list_limits().Get(c), (CountsPops(c) ? 1 : 2) * Limit(c))
          << "mallocs and frees take turns: few looks will do, where there are any";
    });
    InThread([c] {
      const Pointers blocks = Pop(c, 20 * Limit(c));
      Push(c, blocks);
      Push(c, Pop(c, 20 * Limit(c)));
      EXPECT_EQ(thread_cache.heap->list_limits().Get(c), Limit(c)) << "it went home in between";
    });
  }
}

// A list may be longer than its limit when it is looked at next.
TEST_F(ThreadCacheTest, AListThatIsTooLongGoesHomeWhole) {
  constexpr SizeClass c = 5;
  InThread([] {
    for (int i = 0; i < 4; ++i) Push(c, Pop(c, 3 * Limit(c)));
    ASSERT_GE(thread_cache.heap->list_limits().Get(c), 4 * Limit(c));
    Pointers blocks = Pop(c, 24 * Limit(c));
    while (thread_cache.Length(c) < 2 * Limit(c)) {
      Push(c, {blocks.back()});
      blocks.pop_back();
    }
    thread_cache.heap->list_limits().Reset(c);
    while (!thread_cache.passing.Has(c)) {
      ASSERT_FALSE(blocks.empty());
      Push(c, {blocks.back()});
      blocks.pop_back();
    }
    EXPECT_GT(thread_cache.Length(c), Limit(c));
    EXPECT_LE(thread_cache.Length(c) + thread_cache.room[c], thread_cache.heap->budget(c));
    thread_cache.FlushAll();
    Push(c, blocks);
  });
}

TEST_F(ThreadCacheTest, AnIdleListMayHoldNoMoreThanAtFirst) {
  constexpr SizeClass c = 5;
  InThread([] {
    for (int i = 0; i < 2; ++i) Push(c, Pop(c, 2 * Limit(c)));
    ASSERT_EQ(thread_cache.heap->list_limits().Get(c), 2 * Limit(c));
    EndRound();
    EndRound();
    EXPECT_EQ(thread_cache.Length(c), 0u);
    EXPECT_EQ(thread_cache.heap->list_limits().Get(c), Limit(c));
    const Pointers blocks = Pop(c, 2);
    thread_cache.FlushAll();
    Push(c, blocks);
    EXPECT_EQ(thread_cache.heap->list_limits().Get(c), Limit(c)) << "it was not the mallocs' doing";
  });
}

// Without any time passing.
TEST_F(ThreadCacheTest, WhileTheHeapGrowsIdleListsGoHome) {
  constexpr SizeClass kGrows = kTinyEnd + 4;
  process.superslabs.PurgeAll();  // memory of earlier tests' slabs is not new
  InThread([this] {
    AttachAnew();
    for (SizeClass c = 1; c < kTinyEnd; ++c) Push(c, Pop(c, 10));
    const size_t slabs = UsedSlabs() - before_;
    ASSERT_GE(slabs, kTinyEnd - 1);
    const Pointers blocks = Pop(kGrows, 100 * kGeometry[kGrows].blocks_per_slab);
    for (SizeClass c = 1; c < kTinyEnd; ++c) EXPECT_EQ(thread_cache.Length(c), 0u) << "class " << c;
    EXPECT_LE(UsedSlabs(), before_ + 101) << "and their slabs with them";
    Push(kGrows, blocks);
  });
}

TEST_F(ThreadCacheTest, AnIdleListGoesHome) {
  InThread([this] {
    const SizeClass idle = kTinyEnd - 1;
    const SizeClass in_use = kTinyEnd;
    AttachAnew();
    Push(idle, Pop(idle, 40));
    const Pointers blocks = Pop(in_use, 3);
    Push(in_use, {blocks[0]});
    EndRound();
    EXPECT_GE(thread_cache.Length(idle), 40u);
    Push(in_use, {blocks[1]});
    EndRound();
    EXPECT_EQ(thread_cache.Length(idle), 0u);
    EXPECT_GE(thread_cache.Length(in_use), 2u);
    EXPECT_EQ(UsedSlabs(), before_ + 1) << "with its slab";
    Push(in_use, {blocks[2]});
    thread_cache.heap->Validate();
  });
}

// Without any time passing, nor a call that takes a block.
TEST_F(ThreadCacheTest, WhereTheThreadShrinksListsGoHome) {
  constexpr SizeClass kShrinks = kTinyEnd - 1;
  constexpr SizeClass kOther = 5;
  InThread([this] {
    AttachAnew();
    const size_t lists_slabs = thread_cache.heap->list_limits().Bytes() / kSlabBytes;
    const Pointers others = Pop(kOther, Limit(kOther) + 10);
    const Pointers blocks =
        Pop(kShrinks, (3 * lists_slabs + kNumClasses) * kGeometry[kShrinks].blocks_per_slab);
    Push(kOther, {others.begin() + 10, others.end()});
    ASSERT_GT(thread_cache.Length(kOther), Limit(kOther) / 4);
    Push(kShrinks, blocks);
    EXPECT_EQ(thread_cache.Length(kOther), 0u);
    EXPECT_EQ(thread_cache.Length(kShrinks), 0u);
    const size_t used = UsedSlabs();
    Push(kOther, {others.begin(), others.begin() + 10});
    EXPECT_EQ(thread_cache.Length(kOther), 0u) << "frees go past it";
    EXPECT_LE(UsedSlabs(), before_ + 1) << used - before_ << " before the last ones";
    Push(kOther, Pop(kOther, 2));
    EXPECT_GE(thread_cache.Length(kOther), 2u) << "it is of use again";
    thread_cache.heap->Validate();
  });
}

TEST_F(ThreadCacheTest, WhatAThreadTakesCountsAgainstWhatItGaveBack) {
  constexpr SizeClass kComes = kTinyEnd + 8;
  constexpr SizeClass kOther = 5;
  constexpr size_t kWave = 2 * ListLimits::kMostBytes / kSlabBytes;  // more than a list holds
  InThread([] {
    AttachAnew();
    const auto wave = [] { Push(kComes, Pop(kComes, kWave * kGeometry[kComes].blocks_per_slab)); };
    wave();  // while its memory is new, idle lists go home
    Pointers others = Pop(kOther, 200);
    const size_t lists_slabs = thread_cache.heap->list_limits().Bytes() / kSlabBytes;
    size_t gathered = thread_cache.Length(kOther);
    for (size_t given = 0; given < 6 * lists_slabs; given += kWave / 2) {
      Push(kOther, {others.back()});  // so that it is not idle
      others.pop_back();
      wave();
      EXPECT_EQ(thread_cache.Length(kOther), ++gathered);
    }
    Push(kOther, others);
  });
}

TEST_F(ThreadCacheTest, KeptRunsThatNobodyAskedForGoBack) {
  InThread([this] {
    Push(kTinyEnd, Pop(kTinyEnd, 1));  // attaches
    EndRound();
    size_t units = kUnitsPerSlab;
    ASSERT_EQ(thread_cache.heap->TakeRun(&units, units), AddressSpace::kNone);
    bool zeroed;
    const size_t run = process.superslabs.Allocate(units, 1, &zeroed);
    process.superslabs.map().Set(run, RegionMap::kRun);
    const size_t used = UsedSlabs();
    thread_cache.heap->KeepRun(run, units);
    EndRound();
    EXPECT_EQ(process.superslabs.map().Get(run), RegionMap::kRun) << "it was asked for before";
    EndRound();
    EXPECT_EQ(process.superslabs.map().Get(run), kNoClass);
    EXPECT_LT(UsedSlabs(), used);
  });
}

TEST_F(ThreadCacheTest, ARefillGivesBackWhatIsOld) {
  InThread([] {
    const SizeClass c = kTinyEnd;
    const Pointers blocks = Pop(c, 1);
    bool zeroed;
    const size_t unit = process.superslabs.Allocate(1, 1, &zeroed);
    process.superslabs.Free(unit, 1);
    EXPECT_GT(process.superslabs.GetTotals().dirty_units, 0u);
    for (int round = 0; round < 3; ++round) {
      platform::GetSeams().now_ms += SuperslabHeap::kPurgeRoundMs;
      for (int i = 0; i < IdleLists::kCallsPerTime; ++i) {
        const size_t listed = thread_cache.Length(c);
        Push(c, Pop(c, listed + 1));  // the last one comes from the slab that there is
        thread_cache.FlushAll();
      }
    }
    EXPECT_EQ(process.superslabs.GetTotals().dirty_units, 0u);
    Push(c, blocks);
  });
}

TEST_F(ThreadCacheTest, FlushesWhatIsTooMuch) {
  InThread([this] {
    const SizeClass c = kTinyEnd + 4;
    const size_t per_slab = kGeometry[c].blocks_per_slab;
    const Pointers blocks = Pop(c, 50 * per_slab);
    EXPECT_GE(UsedSlabs(), before_ + 50);
    Push(c, blocks);
    EXPECT_LE(UsedSlabs(), before_ + 8) << "most slabs went back";
  });
}

}  // namespace
}  // namespace hakmem
