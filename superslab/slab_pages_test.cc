// The pages of a slab: which go back, that nothing of a block in use does, and that every other
// block is handed out again.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "core/config.h"
#include "core/platform_seams.h"
#include "core/test_random.h"
#include "superslab/region_header.h"
#include "superslab/slab.h"
#include "superslab/test_slab.h"

namespace hakmem {
namespace {

constexpr size_t kPages = kSlabBytes / kPageBytes;

// A slab of whose carved blocks some are in use and the others on its list or marked, and what is
// known of each page by looking at every block.
class PagedSlab : public TestSlab {
 public:
  PagedSlab(SizeClass c, TestRandom& random) : TestSlab(c), random_(random) {}

  // Carves some pages, and gives each of those blocks back with a probability of `percent`.
  void Use(uint32_t percent) {
    std::vector<FreeBlock*> blocks;
    const uint64_t most = 1 + random_.Below(geometry().blocks_per_slab);
    while (record.HasBlocks() && blocks.size() < most)
      Append(record.Carve(start(), kMost), &blocks);
    for (FreeBlock* b : blocks) Fill(b);
    Give(blocks, percent);
  }

  // Gives each block in use back with a probability of `percent`, but for one.
  void Give(std::vector<FreeBlock*> blocks, uint32_t percent) {
    for (size_t i = blocks.size(); i > 1; --i) std::swap(blocks[i - 1], blocks[random_.Below(i)]);
    in_use_.clear();
    for (size_t i = 0; i < blocks.size(); ++i) {
      FreeBlock* const b = blocks[i];
      if (i > 0 && random_.Below(100) < percent) {
        PutBack(b);
      } else {
        in_use_.push_back(b);
      }
    }
    ASSERT_FALSE(in_use_.empty());
    Validate();
  }

  void PutBack(FreeBlock* b) {
    if (random_.OneIn(2)) {
      record.PutFree({b, b, 1});
    } else {
      record.PutPast(b, &marks);
    }
  }

  // Takes every block that the slab has to give.
  std::vector<FreeBlock*> TakeAll() {
    std::vector<FreeBlock*> taken;
    while (record.HasBlocks()) {
      Append(Take(kMost), &taken);
      Validate();
    }
    return taken;
  }

  // How many of the blocks in use touch a page; a header is part of its block.
  size_t InUseOn(size_t page) const {
    return static_cast<size_t>(std::count_if(in_use_.begin(), in_use_.end(), [&](FreeBlock* b) {
      const size_t begin = Offset(b) - kSlotOverhead;
      return begin / kPageBytes <= page && page <= (begin + geometry().stride - 1) / kPageBytes;
    }));
  }

  void ExpectInUseBlocksWhole() const {
    for (FreeBlock* b : in_use_) {
      const char* const bytes = reinterpret_cast<const char*>(b);
      for (size_t i = 0; i < UsableBytes(record.size_class); ++i) ASSERT_EQ(bytes[i], Byte(b));
      ExpectHeader(b);
    }
  }

  void ExpectHeader(const FreeBlock* b) const {
    if (!config::kHeader) return;
    ASSERT_EQ(ReadRegionHeader(b), record.size_class);
  }

  void Fill(FreeBlock* b) { std::memset(b, Byte(b), UsableBytes(record.size_class)); }

  size_t Offset(const FreeBlock* b) const {
    return static_cast<size_t>(reinterpret_cast<const char*>(b) - start());
  }
  const std::vector<FreeBlock*>& in_use() const { return in_use_; }

 private:
  char Byte(const FreeBlock* b) const { return static_cast<char>(Offset(b) / 8 % 251 + 1); }

  TestRandom& random_;
  std::vector<FreeBlock*> in_use_;
};

class EveryClassTest : public testing::TestWithParam<SizeClass> {
 protected:
  static constexpr uint32_t kPercents[] = {30, 60, 85, 95, 99, 100};
  TestRandom random_{TestSeed(21)};
};
INSTANTIATE_TEST_SUITE_P(Classes, EveryClassTest, testing::Range(SizeClass{1}, kNumClasses));

TEST_P(EveryClassTest, KeepsWhatIsInUse) {
  for (const uint32_t percent : kPercents) {
    PagedSlab slab(GetParam(), random_);
    slab.Use(percent);
    slab.record.PurgePages(slab.start(), &slab.marks);
    slab.Validate();
    slab.ExpectInUseBlocksWhole();
    EXPECT_EQ(slab.used(), slab.in_use().size());
  }
}

// No page goes back that a block in use touches, and at once every other on which a block begins.
TEST_P(EveryClassTest, GivesBackEveryPageThatNoBlockInUseTouches) {
  for (const uint32_t percent : kPercents) {
    PagedSlab slab(GetParam(), random_);
    slab.Use(percent);
    const size_t stride = slab.geometry().stride;
    const size_t last = slab.geometry().first_block + (slab.record.carved - 1u) * stride;
    const bool any_free = slab.record.HasReturned();
    uint32_t expected = 0;  // pages to go back on which a carved block begins
    bool goes[kPages] = {};
    for (size_t page = 0; page < kPages; ++page) {
      bool begins = false;
      for (size_t at = slab.geometry().first_block; at < kSlabBytes; at += stride) {
        begins = begins || at / kPageBytes == page;
      }
      goes[page] = any_free && slab.InUseOn(page) == 0 && (begins || goes[page - 1]);
    }
    for (size_t page = kPages; page-- > 0;) {
      // The header of a listed block.
      const size_t next = (page + 1) * kPageBytes;
      const bool at_border =
          config::kHeader && next <= last && (next - slab.geometry().first_block) % stride == 0;
      goes[page] = goes[page] && !(at_border && !goes[page + 1]);
    }
    // The last carved block's pages count if it goes.
    const size_t end = goes[last / kPageBytes] ? last + stride - kSlotOverhead : last;
    for (size_t page = 0; page * kPageBytes < end; ++page) {
      expected += goes[page] && (page != last / kPageBytes || end != last);
    }
    EXPECT_EQ(slab.record.PurgePages(slab.start(), &slab.marks), expected);
    for (size_t page = 0; page < kPages; ++page) {
      const char* const bytes = slab.start() + page * kPageBytes;
      if (!goes[page]) continue;
      ASSERT_TRUE(std::all_of(bytes, bytes + kPageBytes, [](char c) { return c == 0; }));
    }
    EXPECT_EQ(slab.record.PurgePages(slab.start(), &slab.marks), 0u) << "once is enough";
    EXPECT_FALSE(slab.record.IsThin());
  }
}

TEST_P(EveryClassTest, HandsEveryOtherBlockOutAgain) {
  for (const uint32_t percent : kPercents) {
    PagedSlab slab(GetParam(), random_);
    slab.Use(percent);
    // More than once, with more blocks back in between.
    for (int round = 0; round < 3; ++round) {
      slab.record.PurgePages(slab.start(), &slab.marks);
      slab.Give(slab.in_use(), 20);
    }
    slab.record.PurgePages(slab.start(), &slab.marks);
    std::vector<FreeBlock*> all = slab.TakeAll();
    for (FreeBlock* b : all) {
      slab.ExpectHeader(b);
      slab.Fill(b);
    }
    slab.ExpectInUseBlocksWhole();
    all.insert(all.end(), slab.in_use().begin(), slab.in_use().end());
    std::sort(all.begin(), all.end());
    ASSERT_EQ(all.size(), slab.geometry().blocks_per_slab);
    for (size_t i = 0; i < all.size(); ++i) {
      ASSERT_EQ(slab.Offset(all[i]), slab.geometry().first_block + i * slab.geometry().stride);
    }
    EXPECT_EQ(slab.used(), all.size());
  }
}

TEST_P(EveryClassTest, StartsAnewWhenEmpty) {
  PagedSlab slab(GetParam(), random_);
  slab.Use(80);
  slab.record.PurgePages(slab.start(), &slab.marks);
  for (FreeBlock* b : slab.in_use()) slab.record.PutFree({b, b, 1});
  EXPECT_EQ(slab.record.carved, 0u);
  EXPECT_EQ(slab.record.purged_pages, 0u);
  slab.Validate();
  EXPECT_EQ(slab.CarveAll().size(), slab.geometry().blocks_per_slab);
}

// Locked memory, say: nothing goes back, and nothing is lost.
TEST_P(EveryClassTest, OutlivesAKernelThatRefuses) {
  PagedSlab slab(GetParam(), random_);
  slab.Use(90);
  platform::GetSeams().fail_purge = -1;
  slab.record.PurgePages(slab.start(), &slab.marks);
  platform::GetSeams().fail_purge = 0;
  slab.Validate();
  slab.ExpectInUseBlocksWhole();
  const size_t in_use = slab.in_use().size();
  EXPECT_EQ(slab.TakeAll().size() + in_use, slab.geometry().blocks_per_slab);
}

// Wherever the only block in use lies, and wherever carving stopped: the ways to be thin for ever.
TEST_P(EveryClassTest, IsNotThinOncePurgedWhicheverBlockIsInUse) {
  const uint32_t blocks = kGeometry[GetParam()].blocks_per_slab;
  const uint32_t step = 1 + blocks / 64;
  size_t thin = 0;
  for (uint32_t in_use = 0; in_use < blocks; in_use += step) {
    for (uint32_t pages = 1; pages <= kPages; ++pages) {
      TestSlab slab(GetParam());
      std::vector<FreeBlock*> all;
      for (uint32_t i = 0; i < pages && slab.record.HasBlocks(); ++i) {
        TestSlab::Append(slab.record.Carve(slab.start(), kMost), &all);
      }
      if (in_use >= all.size() || all.size() < 2) continue;
      std::swap(all[in_use], all.back());
      slab.record.PutFree(TestSlab::Link(all, 0, all.size() - 1));
      thin += slab.record.IsThin();
      slab.record.PurgePages(slab.start(), &slab.marks);
      ASSERT_FALSE(slab.record.IsThin()) << "block " << in_use << " of " << all.size();
    }
  }
  if (blocks >= 8 && GetParam() != 1) {
    EXPECT_GT(thin, 0u);
  }
}

// Blocks of more than a quarter of a slab may touch too many, and those of 16 bytes with headers
// bind all pages to one another.
TEST_P(EveryClassTest, IsThinWhenMostPagesAreNotNeeded) {
  PagedSlab slab(GetParam(), random_);
  std::vector<FreeBlock*> blocks = slab.CarveAll();
  EXPECT_FALSE(slab.record.IsThin()) << "nothing is free";
  const auto give = [&] {
    slab.record.PutFree({blocks.back(), blocks.back(), 1});
    blocks.pop_back();
  };
  while (blocks.size() > 1 && !slab.record.IsThin()) give();
  const size_t stride = slab.geometry().stride;
  if (stride > kSlabBytes / 4 || stride == kFirstBlock) return;
  ASSERT_TRUE(slab.record.IsThin());
  EXPECT_GE(slab.record.PurgePages(slab.start(), &slab.marks),
            stride <= kPageBytes ? kPages / 2 : 1);
  EXPECT_FALSE(slab.record.IsThin());
}

TEST(SlabPagesDeathTest, AListThatLeadsElsewhereIsCorruption) {
  TestSlab slab(kTinyEnd);
  const std::vector<FreeBlock*> all = slab.CarveAll();
  for (FreeBlock* b : all) {
    if (b != all.back()) slab.record.PutFree({b, b, 1});
  }
  slab.record.free->next->next = reinterpret_cast<FreeBlock*>(slab.start() + kSlabBytes);
  EXPECT_DEATH(slab.record.PurgePages(slab.start(), &slab.marks),
               "not its slab's: a write after free");
  slab.record.free->next->next = slab.record.free;
  EXPECT_DEATH(slab.record.PurgePages(slab.start(), &slab.marks),
               "not its slab's: a write after free");
}

}  // namespace
}  // namespace hakmem
