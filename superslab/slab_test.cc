#include "superslab/slab.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

#include "core/config.h"
#include "core/test_random.h"
#include "superslab/region_header.h"
#include "superslab/test_slab.h"

namespace hakmem {
namespace {

class EveryClassTest : public testing::TestWithParam<SizeClass> {};
INSTANTIATE_TEST_SUITE_P(Classes, EveryClassTest, testing::Range(SizeClass{1}, kNumClasses));

TEST_P(EveryClassTest, IsCarvedInAddressOrderWithoutGaps) {
  TestSlab slab(GetParam());
  EXPECT_TRUE(slab.record.HasBlocks());
  const std::vector<FreeBlock*> all = slab.CarveAll();
  ASSERT_EQ(all.size(), slab.geometry().blocks_per_slab);
  for (size_t i = 0; i < all.size(); ++i) {
    const char* const expected =
        slab.start() + slab.geometry().first_block + i * slab.geometry().stride;
    ASSERT_EQ(reinterpret_cast<char*>(all[i]), expected);
  }
  EXPECT_EQ(slab.used(), all.size());
  EXPECT_FALSE(slab.record.HasBlocks());
  slab.Validate();
}

// No page is touched before it is needed: beyond the page in which the first block ends, nothing.
TEST_P(EveryClassTest, IsCarvedPageByPage) {
  TestSlab slab(GetParam());
  const size_t stride = slab.geometry().stride;
  while (slab.record.HasBlocks()) {
    const size_t first = slab.geometry().first_block + slab.record.carved * stride;
    const Chain chain = slab.record.Carve(slab.start(), kMost);
    ASSERT_GE(chain.count, 1u);
    ASSERT_EQ(chain.tail->next, nullptr);
    const size_t page_end = RoundUp(first + stride, kPageBytes);
    const size_t end = first + chain.count * stride;
    ASSERT_LE(end, page_end);
    // And no less than that page holds.
    ASSERT_TRUE(end + stride > page_end || slab.record.carved == slab.geometry().blocks_per_slab);
    for (size_t i = RoundUp(end, kPageBytes); i < kSlabBytes; i += 64) {
      ASSERT_EQ(slab.start()[i], 0) << "offset " << i << " was touched";
    }
  }
}

// Pages that it had before it was empty serve a few blocks at once.
TEST_P(EveryClassTest, IsCarvedAFewBlocksAtOnceWhereThePagesAreThere) {
  TestSlab slab(GetParam());
  const uint32_t per_slab = slab.geometry().blocks_per_slab;
  const uint32_t on_a_page = slab.record.Carve(slab.start(), kMost).count;
  while (slab.record.carved < per_slab / 2) slab.record.Carve(slab.start(), kMost);
  const uint32_t touched = slab.record.carved;
  std::vector<FreeBlock*> all;
  for (uint32_t i = 0; i < touched; ++i) {
    all.push_back(reinterpret_cast<FreeBlock*>(slab.start() + slab.geometry().first_block +
                                               i * slab.geometry().stride));
  }
  slab.record.PutFree(TestSlab::Link(all, 0, all.size()));
  EXPECT_EQ(slab.record.Carve(slab.start(), kMost).count,
            std::max(on_a_page, std::min(touched, Slab::kAtOnce)));
  slab.record.PutFree(TestSlab::Link(all, 0, slab.record.carved));
  slab.record.Init(GetParam(), /*zero=*/false, slab.record.touched_pages, /*may_mark=*/true);
  EXPECT_EQ(slab.record.Carve(slab.start(), 2).count, std::min(touched, 2u));
  slab.record.Init(GetParam(), /*zero=*/false, 0, /*may_mark=*/true);
  EXPECT_EQ(slab.record.Carve(slab.start(), kMost).count, on_a_page);
}

// A block of a page and more, the first time that it is carved.
TEST_P(EveryClassTest, SaysWhatReadsAsZero) {
  TestSlab slab(GetParam());
  const size_t bytes = slab.geometry().stride - kSlotOverhead;
  const uint32_t per_slab = slab.geometry().blocks_per_slab;
  uint32_t carved_before = 0;
  for (const uint32_t carve : {per_slab / 3 + 1, per_slab / 2 + 1, per_slab}) {
    std::vector<FreeBlock*> all;
    while (slab.record.carved < carve) {
      const bool first_time = slab.record.carved >= carved_before;
      const Chain chain = slab.Checked(slab.record.Carve(slab.start(), kMost));
      ASSERT_EQ(chain.zeroed, first_time && slab.geometry().stride >= kPageBytes);
      TestSlab::Append(chain, &all);
    }
    for (FreeBlock* b : all) std::memset(b, 0xEE, bytes);
    carved_before = std::max(carved_before, slab.record.carved + 0U);
    slab.record.PutFree(TestSlab::Link(all, 0, all.size()));
    ASSERT_EQ(slab.record.carved, 0);
  }
  slab.record.Init(GetParam(), /*zero=*/false, 0, /*may_mark=*/true);
  EXPECT_FALSE(slab.record.Carve(slab.start(), kMost).zeroed);
}

TEST_P(EveryClassTest, IsCarvedToTheCountThatIsWanted) {
  TestSlab slab(GetParam());
  uint32_t carved = 0;
  for (uint32_t want = 1; slab.record.HasBlocks(); ++want) {
    const Chain chain = slab.record.Carve(slab.start(), want);
    ASSERT_GE(chain.count, 1u);
    ASSERT_LE(chain.count, want);
    carved += chain.count;
    ASSERT_EQ(slab.record.carved, carved);
    slab.Validate();
  }
}

TEST_P(EveryClassTest, WritesHeadersInTheHeaderVariantAlone) {
  TestSlab slab(GetParam());
  for (const FreeBlock* b : slab.CarveAll()) {
    // A map slab's first byte is its first block's: there is nothing before.
    if (reinterpret_cast<const char*>(b) == slab.start()) continue;
    ASSERT_EQ(reinterpret_cast<const uint8_t*>(b)[-1],
              config::kHeader ? kRegionMagic | GetParam() : 0u);
  }
}

TEST_P(EveryClassTest, GivesBackWhatItTook) {
  TestSlab slab(GetParam());
  const std::vector<FreeBlock*> all = slab.CarveAll();
  if (all.size() < 2) GTEST_SKIP() << "too few blocks to leave one out";
  slab.record.PutFree(TestSlab::Link(all, 1, all.size() - 1));
  EXPECT_EQ(slab.used(), 1u);
  EXPECT_TRUE(slab.record.HasBlocks());
  slab.Validate();

  std::vector<FreeBlock*> back;
  TestSlab::Append(slab.record.TakeFree(1), &back);
  EXPECT_EQ(back.size(), 1u);
  slab.Validate();
  TestSlab::Append(slab.record.TakeFree(kMost), &back);
  EXPECT_EQ(back, std::vector<FreeBlock*>(all.begin() + 1, all.end()));
  EXPECT_EQ(slab.used(), all.size());
  EXPECT_FALSE(slab.record.HasBlocks());
  slab.Validate();
}

TEST_P(EveryClassTest, StartsAnewWhenEmpty) {
  TestSlab slab(GetParam());
  const std::vector<FreeBlock*> all = slab.CarveAll();
  slab.record.PutFree(TestSlab::Link(all, 0, all.size()));
  EXPECT_EQ(slab.used(), 0u);
  EXPECT_EQ(slab.record.carved, 0u);
  EXPECT_EQ(slab.record.free, nullptr);
  slab.Validate();
  EXPECT_EQ(slab.CarveAll(), all);
}

TEST_P(EveryClassTest, CollectsRemoteFrees) {
  TestSlab slab(GetParam());
  const std::vector<FreeBlock*> all = slab.CarveAll();
  if (all.size() < 2) GTEST_SKIP() << "too few blocks to leave one out";
  // One by one, last first: only the first push finds the list empty.
  for (size_t i = all.size(); i-- > 1;) {
    const Slab::Pushed pushed = slab.PushRemote({all[i], all[i], 1});
    ASSERT_EQ(pushed, i == all.size() - 1 ? Slab::Pushed::kFirst : Slab::Pushed::kPushed);
  }
  EXPECT_EQ(slab.used(), all.size()) << "remote blocks are out until they are collected";
  slab.Validate();
  slab.record.CollectRemote(slab.start());
  EXPECT_TRUE(slab.record.IsOwnedBy(slab.heap()));
  EXPECT_EQ(slab.used(), 1u);
  slab.Validate();
  std::vector<FreeBlock*> back;
  TestSlab::Append(slab.record.TakeFree(kMost), &back);
  EXPECT_EQ(back, std::vector<FreeBlock*>(all.begin() + 1, all.end()));
}

// The block at offset 0 is as good as any: its remote word is not "empty".
TEST_P(EveryClassTest, CollectsAWholeSlabAsOneChain) {
  TestSlab slab(GetParam());
  const std::vector<FreeBlock*> all = slab.CarveAll();
  EXPECT_EQ(slab.PushRemote(TestSlab::Link(all, 0, all.size())), Slab::Pushed::kFirst);
  slab.record.CollectRemote(slab.start());
  EXPECT_EQ(slab.used(), 0u);
  EXPECT_EQ(slab.record.carved, 0u);
  slab.Validate();
  EXPECT_EQ(slab.PushRemote({all[0], all[0], 1}), Slab::Pushed::kFirst) << "empty again";
}

TEST_P(EveryClassTest, MarkedBlocksComeBackInAddressOrder) {
  TestSlab slab(GetParam());
  std::vector<FreeBlock*> all = slab.CarveAll();
  if (slab.geometry().stride % SlabMarks::kGranuleBytes != 0) return;  // it has no marks: see below
  const std::vector<FreeBlock*> in_order = all;
  FreeBlock* const stays = all.back();
  all.pop_back();
  TestRandom random(TestSeed(5));
  for (size_t i = all.size(); i > 1; --i) std::swap(all[i - 1], all[random.Below(i)]);
  for (FreeBlock* b : all) slab.record.PutPast(b, &slab.marks);
  slab.Validate();
  EXPECT_EQ(slab.record.marked(), all.size());
  EXPECT_EQ(slab.record.FreeCount(), 0u);
  EXPECT_EQ(slab.used(), 1u);
  std::vector<FreeBlock*> back;
  TestSlab::Append(slab.record.TakeMarked(slab.start(), &slab.marks, 1), &back);
  if (all.size() > 1) {
    slab.Validate();
    TestSlab::Append(slab.record.TakeMarked(slab.start(), &slab.marks, kMost), &back);
  }
  back.push_back(stays);
  EXPECT_EQ(back, in_order);
  EXPECT_FALSE(slab.record.HasBlocks());
  slab.Validate();
}

TEST(SlabTest, AnEmptySlabHasNoMarkedBlocks) {
  TestSlab slab(kTinyEnd);
  const std::vector<FreeBlock*> all = slab.CarveAll();
  for (size_t i = 0; i + 1 < all.size(); ++i) slab.record.PutPast(all[i], &slab.marks);
  slab.record.PutPast(all.back(), &slab.marks);
  EXPECT_EQ(slab.record.marked(), 0u);
  EXPECT_EQ(slab.record.carved, 0u);
  // And what was marked before is no mark later.
  const std::vector<FreeBlock*> again = slab.CarveAll();
  EXPECT_EQ(again, all);
  slab.record.PutPast(all[1], &slab.marks);
  EXPECT_EQ(slab.record.marked(), 1u);
  slab.Validate();
  EXPECT_EQ(slab.record.TakeMarked(slab.start(), &slab.marks, kMost).head, all[1]);
}

TEST(SlabTest, ASlabThatMayHaveNoMarksHasAList) {
  for (const bool small : {true, false}) {
    const SizeClass c = small && kGeometry[1].stride < SlabMarks::kGranuleBytes ? 1 : kTinyEnd;
    TestSlab slab(c);
    slab.record.Init(c, /*zero=*/true, 0, /*may_mark=*/c == 1);
    slab.record.SetOwner(slab.heap());
    slab.record.lister = slab.heap();
    const std::vector<FreeBlock*> all = slab.CarveAll();
    slab.record.PutPast(all[0], nullptr);
    EXPECT_TRUE(slab.record.PutOne(slab.heap(), all[1], nullptr));
    EXPECT_EQ(slab.record.FreeCount(), 2u);
    EXPECT_EQ(slab.record.free, all[1]);
    slab.record.PutFree(TestSlab::Link(all, 2, all.size() - 2));
    EXPECT_EQ(slab.record.carved, 0u) << "empty";
    slab.CarveAll();
    slab.record.PutPast(all[0], nullptr);
    EXPECT_EQ(slab.record.FreeCount(), 1u) << "still";
  }
}

TEST(SlabTest, AListAndMarksAreGivenOut) {
  TestSlab slab(kTinyEnd - 1);
  const std::vector<FreeBlock*> all = slab.CarveAll();
  slab.record.lister = slab.heap();
  slab.record.PutFree({all[0], all[0], 1});
  EXPECT_FALSE(slab.record.PutOne(slab.heap(), all[1], &slab.marks))
      << "marks must be cleared first";
  slab.record.PutPast(all[1], &slab.marks);
  EXPECT_TRUE(slab.record.PutOne(slab.heap(), all[2], &slab.marks));
  EXPECT_FALSE(slab.record.PutOne(slab.heap(), all[2], &slab.marks)) << "twice";
  EXPECT_FALSE(slab.record.PutOne(slab.other_heap(), all[3], &slab.marks));
  slab.Validate();
  std::vector<FreeBlock*> back;
  TestSlab::Append(slab.record.TakeFree(kMost), &back);
  TestSlab::Append(slab.record.TakeMarked(slab.start(), &slab.marks, kMost), &back);
  EXPECT_EQ(back, std::vector<FreeBlock*>(all.begin(), all.begin() + 3));
}

TEST(SlabTest, KeepsItsInvariantsOverRandomSteps) {
  TestRandom random(TestSeed(4));
  for (const SizeClass c : {SizeClass{1}, SizeClass{5}, kTinyEnd - 1, kTinyEnd, kNumClasses - 1}) {
    TestSlab slab(c);
    std::vector<FreeBlock*> out;
    for (int step = 0; step < 2000; ++step) {
      const uint32_t want = static_cast<uint32_t>(1 + random.Below(20));
      if (random.OneIn(2) && slab.record.HasBlocks()) {
        TestSlab::Append(slab.Take(want), &out);
      } else if (!out.empty()) {
        const size_t count = 1 + random.Below(std::min<size_t>(out.size(), want));
        const std::vector<FreeBlock*> back(out.end() - static_cast<ptrdiff_t>(count), out.end());
        const Chain chain = TestSlab::Link(back, 0, count);
        out.resize(out.size() - count);
        if (random.OneIn(3)) {
          slab.record.PutFree(chain);
        } else if (random.OneIn(2)) {
          for (FreeBlock* b : back) slab.record.PutPast(b, &slab.marks);
        } else {
          ASSERT_EQ(slab.PushRemote(chain), Slab::Pushed::kFirst);
          slab.Validate();
          slab.record.CollectRemote(slab.start());
        }
      }
      slab.Validate();
      ASSERT_EQ(slab.used(), out.size());
      ASSERT_EQ(std::set<FreeBlock*>(out.begin(), out.end()).size(), out.size());
    }
  }
}

// Who has a slab changes only as slab.h's picture says.
TEST(SlabTest, AnOwnerLetsGoAndSomebodyClaims) {
  TestSlab slab(kTinyEnd);
  const std::vector<FreeBlock*> all = slab.CarveAll();
  Slab& record = slab.record;
  Heap* const a = slab.heap();
  Heap* const b = slab.other_heap();
  EXPECT_TRUE(record.IsOwnedBy(a));
  EXPECT_FALSE(record.IsOwnedBy(b));
  EXPECT_FALSE(record.Claim(b)) << "it has an owner";

  EXPECT_TRUE(record.LetGo(a, Slab::To::kFloat));
  EXPECT_FALSE(record.IsOwnedBy(a));
  EXPECT_FALSE(record.IsPooled());
  EXPECT_EQ(slab.PushRemote({all[0], all[0], 1}), Slab::Pushed::kNotOwned);
  EXPECT_TRUE(record.Claim(b));
  EXPECT_FALSE(record.Claim(a)) << "somebody was faster";
  EXPECT_TRUE(record.IsOwnedBy(b));

  EXPECT_TRUE(record.LetGo(b, Slab::To::kPool));
  EXPECT_TRUE(record.IsPooled());
  EXPECT_FALSE(record.Claim(a)) << "the pool's lock decides, not a claim";
  EXPECT_EQ(slab.PushRemote({all[0], all[0], 1}), Slab::Pushed::kNotOwned);
  record.SetOwner(a);
  EXPECT_TRUE(record.IsOwnedBy(a));
  EXPECT_FALSE(record.IsPooled());
}

TEST(SlabTest, AnOwnerDoesNotLetGoOfRemoteBlocks) {
  TestSlab slab(kTinyEnd);
  const std::vector<FreeBlock*> all = slab.CarveAll();
  EXPECT_EQ(slab.PushRemote({all[0], all[0], 1}), Slab::Pushed::kFirst);
  EXPECT_FALSE(slab.record.LetGo(slab.heap(), Slab::To::kFloat));
  EXPECT_FALSE(slab.record.LetGo(slab.heap(), Slab::To::kPool));
  EXPECT_TRUE(slab.record.IsOwnedBy(slab.heap()));
  slab.record.CollectRemote(slab.start());
  EXPECT_TRUE(slab.record.LetGo(slab.heap(), Slab::To::kFloat));
}

// Many threads push; the owner collects whenever a pusher said that the list was empty.
TEST(SlabTest, ManyThreadsPushRemotely) {
  TestSlab slab(1);
  const std::vector<FreeBlock*> all = slab.CarveAll();
  constexpr size_t kThreads = 4;
  std::atomic<int> notified{0};
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (size_t i = t; i < all.size(); i += kThreads) {
        if (slab.PushRemote({all[i], all[i], 1}) == Slab::Pushed::kFirst) ++notified;
      }
    });
  }
  int collected = 0;
  while (slab.used() > 0) {
    if (notified.load() == collected) {
      std::this_thread::yield();
      continue;
    }
    ++collected;
    slab.record.CollectRemote(slab.start());
    slab.Validate();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(notified.load(), collected) << "one notice for each time the list was empty";
}

// ---------------------------------------------------------------- corruption

class SlabDeathTest : public testing::Test {
 protected:
  SlabDeathTest() : slab_(kTinyEnd - 1), blocks_(slab_.CarveAll()) {
    slab_.record.PutFree(TestSlab::Link(blocks_, 0, 5));
  }

  TestSlab slab_;
  std::vector<FreeBlock*> blocks_;
};

TEST_F(SlabDeathTest, MoreBackThanOutIsADoubleFree) {
  slab_.record.PutFree(TestSlab::Link(blocks_, 5, blocks_.size() - 6));
  FreeBlock* const last = blocks_.back();
  EXPECT_DEATH(slab_.record.PutFree({last, last, 2}), "double free");
  slab_.record.PutFree({last, last, 1});
  EXPECT_DEATH(slab_.record.PutFree({last, last, 1}), "double free");
  slab_.PushRemote({last, last, 1});
  EXPECT_DEATH(slab_.record.CollectRemote(slab_.start()), "double free");
}

TEST_F(SlabDeathTest, AMarkedBlockThatComesBackIsADoubleFree) {
  slab_.record.PutPast(blocks_[7], &slab_.marks);
  EXPECT_DEATH(slab_.record.PutPast(blocks_[7], &slab_.marks), "freed twice");
  for (size_t i = 5; i + 1 < blocks_.size(); ++i) {
    if (i != 7) slab_.record.PutPast(blocks_[i], &slab_.marks);
  }
  EXPECT_DEATH(slab_.record.PutPast(blocks_[7], &slab_.marks), "freed twice") << "as the last one";
}

TEST_F(SlabDeathTest, AMarkedBlockOnTheListIsADoubleFree) {
  slab_.record.PutPast(blocks_[7], &slab_.marks);
  slab_.record.PutFree({blocks_[7], blocks_[7], 1});
  EXPECT_DEATH(slab_.Validate(), "freed twice");
  EXPECT_DEATH(slab_.record.PurgePages(slab_.start(), &slab_.marks), "freed twice");
}

TEST_F(SlabDeathTest, MarksThatDisagreeAreCorruption) {
  slab_.record.PutPast(blocks_[7], &slab_.marks);
  slab_.record.PutPast(blocks_[8], &slab_.marks);
  slab_.Validate();
  slab_.marks.Add(reinterpret_cast<char*>(blocks_[9]) + SlabMarks::kGranuleBytes);
  EXPECT_DEATH(slab_.Validate(), "a mark where there is no block");
  slab_.marks.Clear();
  EXPECT_DEATH(slab_.Validate(), "marks are not as many as are counted");
}

TEST_F(SlabDeathTest, AMarkBeyondWhatIsCarvedIsCorruption) {
  TestSlab slab(kTinyEnd - 1);
  FreeBlock* const first = slab.Take(kMost).head;
  slab.record.PutPast(first, &slab.marks);
  const ptrdiff_t carved = ptrdiff_t{slab.record.carved} * slab.geometry().stride;
  slab.marks.Add(reinterpret_cast<char*>(first) + carved);
  EXPECT_DEATH(slab.Validate(), "a mark where there is no block");
}

TEST_F(SlabDeathTest, AListThatLeadsOutIsCorruption) {
  FreeBlock elsewhere{nullptr};
  blocks_[2]->next = &elsewhere;
  EXPECT_DEATH(slab_.Validate(), "heap corruption at 0x.*leads out of its slab");
}

TEST_F(SlabDeathTest, AListThatLeadsInsideABlockIsCorruption) {
  blocks_[2]->next = reinterpret_cast<FreeBlock*>(reinterpret_cast<char*>(blocks_[3]) + 8);
  EXPECT_DEATH(slab_.Validate(), "leads out of its slab");
}

TEST_F(SlabDeathTest, ACycleIsCorruption) {
  blocks_[4]->next = blocks_[1];
  EXPECT_DEATH(slab_.Validate(), "longer than its count");
}

TEST_F(SlabDeathTest, ALostBlockIsCorruption) {
  blocks_[2]->next = nullptr;
  EXPECT_DEATH(slab_.Validate(), "shorter than its count");
}

TEST_F(SlabDeathTest, CountsThatDisagreeAreCorruption) {
  slab_.record.counts = slab_.used() - 1;
  EXPECT_DEATH(slab_.Validate(), "shorter than its count");
  slab_.record.counts = slab_.record.carved + 1u;
  EXPECT_DEATH(slab_.Validate(), "carved < used \\+ marked \\+ purged");
  slab_.record.carved += 1;
  EXPECT_DEATH(slab_.Validate(), "carved too many");
}

}  // namespace
}  // namespace hakmem
