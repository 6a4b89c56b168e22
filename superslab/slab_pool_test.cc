#include "superslab/slab_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "core/config.h"

namespace hakmem {
namespace {

constexpr SizeClass kClass = kTinyEnd;
constexpr uint32_t kPerSlab = kGeometry[kClass].blocks_per_slab;

// Heaps are no more than addresses here.
char heaps[2];
Heap* const kOwner = reinterpret_cast<Heap*>(&heaps[0]);
Heap* const kOther = reinterpret_cast<Heap*>(&heaps[1]);

// Of a slab without marks: its 64 KiB are those that any of its blocks lies in.
size_t PurgePages(Slab* slab) {
  const uintptr_t start = RoundDown(reinterpret_cast<uintptr_t>(slab->free), kSlabBytes);
  return slab->PurgePages(reinterpret_cast<char*>(start), nullptr);
}

// A slab over memory of its own, all blocks of which are out.
class FullSlab {
 public:
  FullSlab() : start_(new (std::align_val_t{kSlabBytes}) char[kSlabBytes]) {
    std::memset(start_, 0, kSlabBytes);
    record.Init(kClass, /*zero=*/true, 0, /*may_mark=*/false);
    record.SetOwner(kOwner);
    while (record.HasBlocks()) {
      for (FreeBlock* b = record.Carve(start_, kPerSlab).head; b != nullptr; b = b->next) {
        blocks.push_back(b);
      }
    }
  }
  ~FullSlab() { operator delete[](start_, std::align_val_t{kSlabBytes}); }
  FullSlab(const FullSlab&) = delete;
  FullSlab& operator=(const FullSlab&) = delete;

  // One block of it, as a chain.
  Chain Next() {
    FreeBlock* const b = blocks.back();
    blocks.pop_back();
    return {b, b, 1};
  }

  Slab record;
  std::vector<FreeBlock*> blocks;

 private:
  char* start_;
};

TEST(SlabPoolTest, GivesOutWhatWasPutInFirst) {
  SlabPool pool;
  FullSlab a;
  FullSlab b;
  EXPECT_EQ(pool.Take(kClass, kOther, nullptr), nullptr);
  EXPECT_TRUE(pool.Put(&a.record, kOwner));
  EXPECT_TRUE(pool.Put(&b.record, kOwner));
  EXPECT_TRUE(a.record.IsPooled());
  EXPECT_EQ(pool.Take(kClass + 1, kOther, nullptr), nullptr) << "of another class";
  EXPECT_EQ(pool.Take(kClass, kOther, nullptr), &a.record);
  EXPECT_TRUE(a.record.IsOwnedBy(kOther));
  EXPECT_EQ(pool.Take(kClass, kOwner, nullptr), &b.record);
  EXPECT_EQ(pool.Take(kClass, kOwner, nullptr), nullptr);
}

TEST(SlabPoolTest, PrefersASlabThatItTookBlocksOf) {
  SlabPool pool;
  FullSlab slabs[4];
  char third;
  for (FullSlab& slab : slabs) {
    ASSERT_TRUE(pool.Put(&slab.record, kOwner));
    slab.record.taker = reinterpret_cast<Heap*>(&third);
  }
  slabs[1].record.taker = kOther;
  slabs[2].record.taker = kOwner;
  EXPECT_EQ(pool.Take(kClass, kOwner, nullptr), &slabs[2].record);
  EXPECT_EQ(pool.Take(kClass, kOwner, kOther), &slabs[1].record);
  EXPECT_EQ(pool.Take(kClass, kOwner, kOther), &slabs[0].record) << "else the first";
  EXPECT_EQ(pool.Take(kClass, kOwner, kOther), &slabs[3].record);
}

TEST(SlabPoolTest, PrefersAFullerSlab) {
  SlabPool pool;
  FullSlab slabs[3];
  for (FullSlab& slab : slabs) ASSERT_TRUE(pool.Put(&slab.record, kOwner));
  const auto give = [&pool](FullSlab& slab) {
    EXPECT_EQ(pool.Give(&slab.record, slab.Next(), kOther, SlabPool::Claim::kIfEmpty),
              SlabPool::Given::kTaken);
  };
  give(slabs[0]);
  give(slabs[0]);
  give(slabs[1]);
  give(slabs[2]);
  EXPECT_EQ(pool.Take(kClass, kOther, nullptr), &slabs[1].record);
  EXPECT_EQ(pool.Take(kClass, kOther, nullptr), &slabs[2].record);
  EXPECT_EQ(pool.Take(kClass, kOther, nullptr), &slabs[0].record);
}

TEST(SlabPoolTest, DoesNotTakeASlabWithRemoteBlocks) {
  SlabPool pool;
  FullSlab slab;
  Heap* owner;
  char* const start = reinterpret_cast<char*>(slab.blocks.front()) - kGeometry[kClass].first_block;
  slab.record.PushRemote(start, slab.Next(), &owner);
  EXPECT_FALSE(pool.Put(&slab.record, kOwner));
  EXPECT_TRUE(slab.record.IsOwnedBy(kOwner));
  EXPECT_EQ(pool.Take(kClass, kOther, nullptr), nullptr);
}

TEST(SlabPoolTest, BlocksComeBackToAPooledSlab) {
  SlabPool pool;
  FullSlab slab;
  EXPECT_EQ(pool.Give(&slab.record, slab.Next(), kOther, SlabPool::Claim::kIfEmpty),
            SlabPool::Given::kNotPooled);
  ASSERT_TRUE(pool.Put(&slab.record, kOwner));
  EXPECT_EQ(pool.Give(&slab.record, slab.Next(), kOther, SlabPool::Claim::kIfEmpty),
            SlabPool::Given::kTaken);
  EXPECT_TRUE(slab.record.IsPooled());
  EXPECT_EQ(pool.Give(&slab.record, slab.Next(), kOther, SlabPool::Claim::kAlways),
            SlabPool::Given::kYours);
  EXPECT_TRUE(slab.record.IsOwnedBy(kOther));
  EXPECT_EQ(slab.record.FreeCount(), 2u);
  EXPECT_EQ(pool.Take(kClass, kOwner, nullptr), nullptr);
}

TEST(SlabPoolTest, AGiverMayClaimWhatIsNotThin) {
  SlabPool pool;
  FullSlab slab;
  ASSERT_TRUE(pool.Put(&slab.record, kOwner));
  EXPECT_EQ(pool.Give(&slab.record, slab.Next(), kOther, SlabPool::Claim::kUnlessThin),
            SlabPool::Given::kYours);
  ASSERT_TRUE(pool.Put(&slab.record, kOther));
  while (!slab.record.IsThin()) {
    ASSERT_EQ(pool.Give(&slab.record, slab.Next(), kOther, SlabPool::Claim::kIfEmpty),
              SlabPool::Given::kTaken);
  }
  EXPECT_EQ(pool.Give(&slab.record, slab.Next(), kOther, SlabPool::Claim::kUnlessThin),
            SlabPool::Given::kTaken);
}

TEST(SlabPoolTest, TheLastBlockTakesTheSlabOut) {
  SlabPool pool;
  FullSlab slab;
  ASSERT_TRUE(pool.Put(&slab.record, kOwner));
  while (slab.blocks.size() > 1) {
    ASSERT_EQ(pool.Give(&slab.record, slab.Next(), kOther, SlabPool::Claim::kIfEmpty),
              SlabPool::Given::kTaken);
  }
  EXPECT_EQ(pool.Give(&slab.record, slab.Next(), kOther, SlabPool::Claim::kIfEmpty),
            SlabPool::Given::kYours);
  EXPECT_EQ(slab.record.used(), 0u);
  EXPECT_EQ(pool.Take(kClass, kOwner, nullptr), nullptr);
}

// A slab of the pool that all but one block came back to.
class ThinSlab : public FullSlab {
 public:
  explicit ThinSlab(SlabPool& pool) {
    EXPECT_TRUE(pool.Put(&record, kOwner));
    while (blocks.size() > 1) {
      EXPECT_EQ(pool.Give(&record, Next(), kOther, SlabPool::Claim::kIfEmpty),
                SlabPool::Given::kTaken);
    }
  }
  bool IsPurged() const { return record.FreeCount() + 1u < kPerSlab; }
};

TEST(SlabPoolTest, ThinSlabsAreTakenLast) {
  SlabPool pool;
  ThinSlab thin(pool);
  FullSlab full;
  ASSERT_TRUE(pool.Put(&full.record, kOwner));
  thin.record.taker = kOther;
  EXPECT_EQ(pool.Take(kClass, kOther, nullptr), &full.record);
  EXPECT_EQ(pool.Take(kClass, kOther, nullptr), &thin.record);
  EXPECT_EQ(pool.Take(kClass, kOther, nullptr), nullptr);
}

TEST(SlabPoolTest, ThinSlabsGivePagesBackTheOldestFirst) {
  SlabPool pool;
  ThinSlab first(pool);
  ThinSlab second(pool);
  ThinSlab third(pool);
  FullSlab full;
  ASSERT_TRUE(pool.Put(&full.record, kOwner));
  pool.PurgeThin(1, PurgePages);
  EXPECT_TRUE(first.IsPurged());
  EXPECT_FALSE(second.IsPurged());
  pool.PurgeThin(kSlabBytes / kPageBytes, PurgePages);  // more than one slab has
  EXPECT_TRUE(second.IsPurged());
  EXPECT_TRUE(third.IsPurged());
  EXPECT_FALSE(first.record.thin);
  pool.PurgeThin(1, PurgePages);  // there are no more
  // They are as good as others now.
  EXPECT_EQ(pool.Take(kClass, kOther, nullptr), &full.record);
  EXPECT_EQ(pool.Take(kClass, kOther, nullptr), &first.record);
}

TEST(SlabPoolTest, ThinSlabsGivePagesBackAfterTwoRounds) {
  SlabPool pool;
  ThinSlab first(pool);
  pool.PurgeOld(1, PurgePages);
  ThinSlab second(pool);
  EXPECT_FALSE(first.IsPurged());
  pool.PurgeOld(2, PurgePages);
  EXPECT_TRUE(first.IsPurged());
  EXPECT_FALSE(second.IsPurged());
  pool.PurgeOld(2, PurgePages);
  EXPECT_FALSE(second.IsPurged());
  pool.PurgeOld(1, PurgePages);  // one that comes late
  EXPECT_FALSE(second.IsPurged());
  pool.PurgeOld(3, PurgePages);
  EXPECT_TRUE(second.IsPurged());
}

TEST(SlabPoolTest, ManyOldSlabsGivePagesBackInSeveralCalls) {
  SlabPool pool;
  std::vector<std::unique_ptr<ThinSlab>> slabs;
  for (int i = 0; i < 100; ++i) slabs.push_back(std::make_unique<ThinSlab>(pool));
  const auto purged = [&slabs] {
    return std::count_if(slabs.begin(), slabs.end(), [](const auto& s) { return s->IsPurged(); });
  };
  pool.PurgeOld(2, PurgePages);
  EXPECT_EQ(purged(), 64);
  pool.PurgeOld(2, PurgePages);
  EXPECT_EQ(purged(), 100);
}

TEST(SlabPoolTest, AllSlabsGivePagesBackWhenAsked) {
  SlabPool pool;
  ThinSlab thin(pool);
  FullSlab full;
  ASSERT_TRUE(pool.Put(&full.record, kOwner));
  // Half of them, which is too many for a thin one.
  while (full.blocks.size() > kPerSlab / 2) {
    ASSERT_EQ(pool.Give(&full.record, full.Next(), kOther, SlabPool::Claim::kIfEmpty),
              SlabPool::Given::kTaken);
  }
  EXPECT_FALSE(full.record.thin);
  EXPECT_GT(pool.PurgeAll(PurgePages), kSlabBytes / kPageBytes);
  EXPECT_TRUE(thin.IsPurged());
  EXPECT_EQ(pool.PurgeAll(PurgePages), 0u);
}

// Every slab has one owner at a time, however many threads want it.
TEST(SlabPoolTest, ThreadsShareThePool) {
  SlabPool pool;
  constexpr int kSlabs = 3;
  constexpr int kThreads = 4;
  std::unique_ptr<FullSlab> slabs[kSlabs];
  std::atomic<int> users[kSlabs] = {};
  for (auto& slab : slabs) {
    slab = std::make_unique<FullSlab>();
    ASSERT_TRUE(pool.Put(&slab->record, kOwner));
  }
  std::atomic<int> shared{0};
  char mine[kThreads];
  std::vector<std::thread> threads;
  for (char& m : mine) {
    threads.emplace_back([&, heap = reinterpret_cast<Heap*>(&m)] {
      for (int i = 0; i < 20000; ++i) {
        Slab* const slab = pool.Take(kClass, heap, nullptr);
        if (slab == nullptr) continue;
        int n = 0;
        while (&slabs[n]->record != slab) ++n;
        if (++users[n] != 1) ++shared;
        --users[n];
        if (!pool.Put(slab, heap)) ++shared;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(shared.load(), 0);
  int left = 0;
  while (pool.Take(kClass, kOther, nullptr) != nullptr) ++left;
  EXPECT_EQ(left, kSlabs);
}

}  // namespace
}  // namespace hakmem
