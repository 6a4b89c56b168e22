#include "superslab/transfer_cache.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace hakmem {
namespace {

constexpr SizeClass kClass = kTinyEnd - 1;
constexpr size_t kStride = kGeometry[kClass].stride;

// Lists of blocks, which need not be in slabs.
class TransferCacheTest : public testing::Test {
 protected:
  FreeBlock* List(size_t blocks) {
    memory_.emplace_back(blocks * kStride);
    char* const start = memory_.back().data();
    FreeBlock* list = nullptr;
    for (size_t i = 0; i < blocks; ++i) {
      auto* const b = reinterpret_cast<FreeBlock*>(start + i * kStride);
      b->next = list;
      list = b;
    }
    return list;
  }
  bool Put(size_t blocks) {
    return cache_.Put(kClass, List(blocks), static_cast<uint32_t>(blocks));
  }

  std::vector<std::vector<char>> memory_;
  TransferCache cache_;
};

TEST_F(TransferCacheTest, GivesListsAsTheyWerePutTheNewestFirst) {
  FreeBlock* const first = List(3);
  FreeBlock* const second = List(2);
  EXPECT_TRUE(cache_.Put(kClass, first, 3));
  EXPECT_TRUE(cache_.Put(kClass, second, 2));
  EXPECT_EQ(cache_.Take(kClass - 1).count, 0u) << "nothing was put there";
  Chain chain = cache_.Take(kClass);
  EXPECT_EQ(chain.head, second);
  EXPECT_EQ(chain.count, 2u);
  chain = cache_.Take(kClass);
  EXPECT_EQ(chain.head, first);
  EXPECT_EQ(chain.count, 3u);
  EXPECT_EQ(cache_.Take(kClass).count, 0u);
}

TEST_F(TransferCacheTest, HoldsSoManyLists) {
  for (size_t i = 0; i < TransferCache::kMostLists; ++i) EXPECT_TRUE(Put(1));
  EXPECT_FALSE(Put(1));
  EXPECT_EQ(cache_.Take(kClass).count, 1u);
  EXPECT_TRUE(Put(2));
}

TEST_F(TransferCacheTest, HoldsSoManyBytes) {
  constexpr size_t kMost = TransferCache::kMostBytes / kStride;
  EXPECT_FALSE(Put(kMost + 1));
  EXPECT_TRUE(Put(kMost - 2));
  EXPECT_FALSE(Put(3));
  EXPECT_TRUE(Put(2));
  EXPECT_FALSE(Put(1));
  EXPECT_EQ(cache_.Take(kClass).count, 2u);
  EXPECT_TRUE(Put(1));
}

TEST_F(TransferCacheTest, ListsThatNobodyNeededInARoundAreIdle) {
  uint16_t round = 7;
  EXPECT_EQ(cache_.CountIdle(kClass, round), 0u);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(Put(1));
  EXPECT_EQ(cache_.CountIdle(kClass, round), 0u) << "they are new";
  EXPECT_EQ(cache_.CountIdle(kClass, ++round), 4u);
  EXPECT_EQ(cache_.CountIdle(kClass, round), 0u) << "for the first who asks";
  // Three of them were needed for a moment.
  for (int i = 0; i < 3; ++i) EXPECT_EQ(cache_.Take(kClass).count, 1u);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Put(1));
  EXPECT_EQ(cache_.CountIdle(kClass, ++round), 1u);
}

TEST_F(TransferCacheTest, IdleListsAreTakenNext) {
  FreeBlock* const idle = List(3);
  FreeBlock* const busy = List(2);
  EXPECT_TRUE(cache_.Put(kClass, idle, 3));
  EXPECT_EQ(cache_.CountIdle(kClass, 1), 0u);
  EXPECT_TRUE(cache_.Put(kClass, busy, 2));
  EXPECT_EQ(cache_.CountIdle(kClass, 2), 1u);
  EXPECT_EQ(cache_.Take(kClass).head, idle);
  const Chain chain = cache_.Take(kClass);
  EXPECT_EQ(chain.head, busy);
  EXPECT_EQ(chain.count, 2u);
}

TEST_F(TransferCacheTest, WhoComesLateFindsNothingIdle) {
  EXPECT_TRUE(Put(1));
  EXPECT_EQ(cache_.CountIdle(kClass, 8), 0u);
  EXPECT_EQ(cache_.CountIdle(kClass, 7), 0u) << "it was told the time before the round ended";
  EXPECT_EQ(cache_.CountIdle(kClass, 8), 0u);
  EXPECT_EQ(cache_.CountIdle(kClass, 9), 1u);
}

// Every list is with one thread at a time: each counts in the blocks of those that it has.
TEST_F(TransferCacheTest, ThreadsExchangeLists) {
  constexpr size_t kLists = 6;
  constexpr size_t kBlocks = 5;
  constexpr int kThreads = 4;
  constexpr int kTimes = 20000;
  for (size_t i = 0; i < kLists; ++i) EXPECT_TRUE(Put(kBlocks));
  const auto count_of = [](FreeBlock* b) { return reinterpret_cast<uint64_t*>(b) + 1; };
  uint64_t taken[kThreads] = {};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kTimes; ++i) {
        const Chain chain = cache_.Take(kClass);
        if (chain.count == 0) continue;
        for (FreeBlock* b = chain.head; b != nullptr; b = b->next) ++*count_of(b);
        ++taken[t];
        ASSERT_TRUE(cache_.Put(kClass, chain.head, chain.count));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  uint64_t expected = 0;
  for (const uint64_t n : taken) expected += n * kBlocks;
  uint64_t sum = 0;
  for (size_t i = 0; i < kLists; ++i) {
    const Chain chain = cache_.Take(kClass);
    ASSERT_EQ(chain.count, kBlocks);
    for (FreeBlock* b = chain.head; b != nullptr; b = b->next) sum += *count_of(b);
  }
  EXPECT_EQ(sum, expected);
  EXPECT_EQ(cache_.Take(kClass).count, 0u);
}

}  // namespace
}  // namespace hakmem
