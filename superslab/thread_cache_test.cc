// Thread caches of real threads: refill and flush, the end of threads, and what comes after it.

#include "superslab/thread_cache.h"

#include <errno.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include "core/config.h"
#include "core/platform_seams.h"
#include "core/test_random.h"
#include "superslab/process.h"

namespace hakmem {
namespace {

using Pointers = std::vector<void*>;

size_t UsedSlabs() { return process.superslabs.GetTotals().used_units / kUnitsPerSlab; }

// What a list may hold at first.
uint32_t Limit(SizeClass c) { return ListLimits().Get(c); }

class ThreadCacheTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(process.EnsureInitialized());
    before_ = UsedSlabs();
    // It stands still, as no list is to be idle because the machine is slow, and never goes back.
    static uint64_t last_ms = platform::NowMs();
    last_ms += 1000 * SuperslabHeap::kPurgeRoundMs;
    platform::GetSeams().now_ms = last_ms;
  }
  void TearDown() override {
    platform::GetSeams().now_ms = 0;
    process.superslabs.Validate();
    EXPECT_EQ(UsedSlabs(), before_) << "every thread has ended, so no unit is used";
  }

  // In a thread of its own, whose cache is new.
  static void InThread(const std::function<void()>& work) { std::thread(work).join(); }

  static Pointers Pop(SizeClass c, size_t count) {
    Pointers blocks(count);
    for (void*& p : blocks) p = thread_cache.Pop(c);
    EXPECT_EQ(std::count(blocks.begin(), blocks.end(), nullptr), 0);
    return blocks;
  }
  static void Push(SizeClass c, const Pointers& blocks) {
    for (void* p : blocks) thread_cache.Push(p, c);
  }

  // A round ends, and each class is looked at.
  static void EndRound() {
    const uint16_t before = process.superslabs.round();
    platform::GetSeams().now_ms += SuperslabHeap::kPurgeRoundMs;
    for (size_t i = 0; i < IdleLists::kCallsPerTime + kNumClasses; ++i) {
      thread_cache.FlushIdle(kNoClass);
    }
    EXPECT_NE(process.superslabs.round(), before);
  }

  size_t before_ = 0;
};

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

TEST_F(ThreadCacheTest, TheFirstPushAttachesAHeapToo) {
  InThread([] {
    void* const p = thread_cache.Pop(3);
    InThread([p] {
      thread_cache.Push(p, 3);
      EXPECT_NE(thread_cache.heap, nullptr);
    });
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
    const size_t gathered = std::max(8u, 16 * 1024 / kGeometry[c].stride);
    InThread([c, gathered] {
      const Pointers blocks = Pop(c, 4 * Limit(c));
      InThread([c, gathered, &blocks] {
        for (void* p : blocks) {
          thread_cache.Push(p, c);
          ASSERT_LE(thread_cache.Length(c) + thread_cache.room[c], gathered) << c;
        }
      });
    });
  }
}

// Where there are many threads: what one keeps that may wait is little.
TEST_F(ThreadCacheTest, AThreadOfALeanHeapGathersLess) {
  constexpr SizeClass kTiny = 3;
  constexpr SizeClass kMid = kTinyEnd + 8;
  for (const SizeClass c : {kTiny, kMid}) {
    const size_t gathered = std::max(8u, 16 * 1024 / kGeometry[c].stride);
    InThread([this, c, gathered] {
      Push(c, Pop(c, 1));  // attaches
      thread_cache.FlushAll();
      thread_cache.heap->SetLean(true);
      for (int i = 0; i < 3; ++i) {
        for (void* p : Pop(c, 10 * gathered)) thread_cache.Push(p, c);
        EXPECT_LE(thread_cache.Length(c) + thread_cache.room[c], gathered) << c;
      }
      EXPECT_FALSE(thread_cache.passing.Has(c));
      thread_cache.FlushAll();
      EXPECT_EQ(UsedSlabs(), before_) << "though its thread has not ended";
      thread_cache.heap->SetLean(false);
    });
  }
}

// However long the list of the slab that it took.
TEST_F(ThreadCacheTest, AThreadOfALeanHeapKeepsWhatItTookUntilItFreedMore) {
  constexpr SizeClass c = TinyClass(128);
  constexpr size_t kGathered = 16 * 1024 / kGeometry[c].stride;
  InThread([] {
    Push(c, Pop(c, 1));  // attaches
    const Pointers blocks = Pop(c, kGeometry[c].blocks_per_slab);
    thread_cache.FlushAll();
    thread_cache.heap->SetLean(true);
    Pointers odd;
    for (size_t i = 0; i < blocks.size(); ++i) {
      if (i % 2 == 0) odd.push_back(blocks[i]);
      if (i % 2 != 0) thread_cache.Push(blocks[i], c);
    }
    thread_cache.FlushAll();
    Pointers out = Pop(c, 16 + 2);  // the first time few, then the list
    const uint32_t length = thread_cache.Length(c);
    EXPECT_GT(length, kGathered / 2);
    for (size_t i = 0; i < kGathered; ++i) {
      Push(c, {out.back()});
      out.back() = thread_cache.Pop(c);
    }
    EXPECT_EQ(thread_cache.Length(c), length);
    Push(c, out);
    Push(c, odd);
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

// What is freed and allocated anew is more than all lists may hold: they are short again, and what
// is on them by then goes home as ever.
TEST_F(ThreadCacheTest, ListsThatCannotHoldAWaveAreShort) {
  constexpr size_t kWaveBytes = ListLimits::kMostBytes / 8 * 3;  // of a class
  constexpr size_t kMostStride = 16384;
  InThread([] {
    const auto grown = [] {
      size_t bytes = 0;
      for (SizeClass c = 1; c < kNumClasses; ++c) {
        bytes += (thread_cache.heap->list_limits().Get(c) - Limit(c)) * kGeometry[c].stride;
      }
      return bytes;
    };
    const auto wave = [] {
      std::map<SizeClass, Pointers> blocks;
      for (SizeClass c = 1; c < kNumClasses && kGeometry[c].stride <= kMostStride; ++c) {
        if (kGeometry[c].stride >= 16) blocks[c] = Pop(c, kWaveBytes / kGeometry[c].stride);
      }
      for (const auto& [c, of_class] : blocks) Push(c, of_class);
    };
    size_t most = 0;
    int waves = 0;
    do {
      ASSERT_LT(++waves, 20);
      wave();
      most = std::max(most, grown());
    } while (most == 0 || grown() != 0);
    EXPECT_GT(most, ListLimits::kMostExtraBytes / 4);
    wave();
    EXPECT_EQ(grown(), 0u) << "not in this round";
    EndRound();
    wave();
    wave();
    EXPECT_GT(grown(), 0u) << "it may have become less";
    thread_cache.FlushAll();
    thread_cache.heap->Validate();
  });
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
    thread_cache.heap->list_limits().GiveUp();
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
  InThread([this] {
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
    Push(1, Pop(1, 1));  // attaches, perhaps to a heap that took new slabs in other tests
    thread_cache.heap->idle_lists() = {};
    EndRound();
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
    thread_cache.Push(p, 6);
    EXPECT_NE(thread_cache.heap, nullptr) << "it got one when it asked again";
  });
  for (Heap* const heap : heaps) process.heaps.Retire(heap);
}

}  // namespace
}  // namespace hakmem
