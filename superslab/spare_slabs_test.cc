#include "superslab/spare_slabs.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace hakmem {
namespace {

constexpr SizeClass kClass = kTinyEnd;

TEST(SpareSlabsTest, KeepsAFewOfAClass) {
  SpareSlabs spares;
  Slab slabs[SpareSlabs::kMost + 1];
  EXPECT_EQ(spares.Take(kClass), nullptr);
  for (size_t i = 0; i < SpareSlabs::kMost; ++i) EXPECT_TRUE(spares.Put(kClass, &slabs[i], 0));
  EXPECT_FALSE(spares.Put(kClass, &slabs[SpareSlabs::kMost], 0));
  EXPECT_TRUE(spares.Put(kClass + 1, &slabs[SpareSlabs::kMost], 0)) << "of another class";
  EXPECT_EQ(spares.Count(), SpareSlabs::kMost + 1);
  for (size_t i = 0; i < SpareSlabs::kMost; ++i) EXPECT_EQ(spares.Take(kClass), &slabs[i]);
  EXPECT_EQ(spares.Take(kClass), nullptr);
  EXPECT_EQ(spares.Take(kClass + 1), &slabs[SpareSlabs::kMost]);
}

TEST(SpareSlabsTest, ThoseThatNobodyNeededForTwoRoundsAreOld) {
  constexpr uint16_t kRound = 0xFFFE;  // the next ones begin anew
  SpareSlabs spares;
  Slab slabs[2];
  EXPECT_TRUE(spares.Put(kClass, &slabs[0], kRound + 1));
  EXPECT_TRUE(spares.Put(kClass, &slabs[1], kRound));
  EXPECT_EQ(spares.TakeOld(kClass, kRound + 1), nullptr);
  EXPECT_EQ(spares.TakeOld(kClass, static_cast<uint16_t>(kRound + 2)), &slabs[1]);
  EXPECT_EQ(spares.TakeOld(kClass, static_cast<uint16_t>(kRound + 2)), nullptr);
  EXPECT_EQ(spares.TakeOld(kClass, static_cast<uint16_t>(kRound + 3)), &slabs[0]);
  EXPECT_EQ(spares.Count(), 0u);
}

// Every slab is with one thread at a time: each writes to those that it has.
TEST(SpareSlabsTest, ThreadsExchangeSlabs) {
  constexpr int kThreads = 4;
  constexpr int kTimes = 50000;
  SpareSlabs spares;
  Slab slabs[kThreads];
  std::vector<std::thread> threads;
  for (Slab& own : slabs) {
    threads.emplace_back([&spares, &own] {
      Slab* slab = &own;
      for (int i = 0; i < kTimes; ++i) {
        slab->carved = static_cast<uint16_t>(slab->carved + 1);
        if (!spares.Put(kClass, slab, 0)) continue;
        do {
          slab = i % 2 == 0 ? spares.Take(kClass) : spares.TakeOld(kClass, 2);
        } while (slab == nullptr);
      }
      slab->next_pending += 1;
    });
  }
  for (std::thread& thread : threads) thread.join();
  uint32_t carved = 0;
  for (Slab& slab : slabs) {
    carved += slab.carved;
    EXPECT_EQ(slab.next_pending, 1u) << "a thread each";
  }
  EXPECT_EQ(carved % 65536, uint32_t{kThreads} * kTimes % 65536);
  EXPECT_EQ(spares.Count(), 0u);
}

}  // namespace
}  // namespace hakmem
