#include "l25/runs.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <vector>

#include "core/config.h"
#include "core/platform_seams.h"
#include "core/size_classes.h"
#include "l25/alloc_header.h"
#include "l25/run_pages.h"
#include "superslab/process.h"

namespace hakmem {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

size_t UnitOf(const void* p) { return process.superslabs.map().UnitOf(p); }
size_t UsedUnits() { return process.superslabs.GetTotals().used_units; }

class RunsTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(process.EnsureInitialized());
    process.superslabs.PurgeAll();
    before_ = UsedUnits();
    errno = 0;
  }
  void TearDown() override {
    process.superslabs.Validate();
    EXPECT_EQ(UsedUnits(), before_);
    platform::GetSeams().fail_move = platform::GetSeams().fail_purge = 0;
  }

  char* Allocate(size_t size, size_t alignment = kMinAlignment) {
    return static_cast<char*>(
        RunAllocate(size, alignment, &zeroed_, SuperslabHeap::Gathering::kAny));
  }
  // So that nothing is kept.
  static void Free(size_t u, bool clean = false) {
    RunFree(u, clean);
    thread_cache.heap->ReleaseEmpty();
  }
  static bool IsFilled(const char* p, size_t size, char c) {
    return p[0] == c && std::memcmp(p, p + 1, size - 1) == 0;
  }

  bool zeroed_ = false;
  size_t before_ = 0;
};

TEST_F(RunsTest, HoldsWhatWasAskedFor) {
  for (size_t size = 32 * 1024; size < 20 * kMiB; size = size * 5 / 4 + 1) {
    char* const p = Allocate(size);
    ASSERT_NE(p, nullptr);
    const size_t u = UnitOf(p);
    EXPECT_EQ(process.superslabs.map().Get(u), RegionMap::kRun);
    EXPECT_TRUE(IsRunBlock(u, p));
    EXPECT_FALSE(IsRunBlock(u, p + 16));
    EXPECT_GE(RunUsableBytes(u), size);
    EXPECT_LT(RunUsableBytes(u), size + 2 * kPageBytes) << "whole pages, no more";
    EXPECT_EQ(UsedUnits(), before_ + RunUnits(u));
    EXPECT_LE(RunUnits(u) * kUnitBytes, size + kUnitBytes + kPageBytes);
    std::memset(p, 'r', RunUsableBytes(u));
    Free(u);
    EXPECT_EQ(process.superslabs.map().Get(u), kNoClass);
  }
}

TEST_F(RunsTest, HasAnAllocHeaderInTheHeaderVariantAlone) {
  char* const p = Allocate(100'000);
  if (config::kHeader) {
    AllocHeader header;
    ASSERT_TRUE(header.Read(p));
    EXPECT_EQ(header.method, AllocHeader::Method::kRun);
  }
  EXPECT_EQ(reinterpret_cast<uintptr_t>(p) % kUnitBytes, kFirstBlock);
  Free(UnitOf(p));
}

TEST_F(RunsTest, IsAligned) {
  if (config::kHeader) GTEST_SKIP() << "to 16 only in the header variant";
  for (size_t alignment = 16; alignment <= 1024 * kMiB; alignment *= 2) {
    for (const size_t size : {0, 100}) {
      char* const p = Allocate(size, alignment);
      ASSERT_NE(p, nullptr) << alignment;
      EXPECT_EQ(reinterpret_cast<uintptr_t>(p) % alignment, 0u);
      EXPECT_EQ(RunUnits(UnitOf(p)), 1u) << "also a run of nothing is a block of its own";
      *p = 1;
      Free(UnitOf(p));
    }
  }
}

TEST_F(RunsTest, TellsTheTruthAboutZero) {
  for (int round = 0; round < 3; ++round) {
    char* const p = Allocate(kMiB);
    EXPECT_TRUE(!zeroed_ || IsFilled(p, kMiB, 0));
    std::memset(p, 'z', kMiB);
    Free(UnitOf(p));
    if (round == 1) process.superslabs.PurgeAll();
  }
}

TEST_F(RunsTest, RefusesTheImpossible) {
  for (const size_t size : {SIZE_MAX, SIZE_MAX - kUnitBytes, size_t{PTRDIFF_MAX} + 1,
                            size_t{PTRDIFF_MAX}, size_t{1} << 60}) {
    errno = 0;
    EXPECT_EQ(Allocate(size), nullptr) << size;
    EXPECT_EQ(errno, ENOMEM);
  }
  if (config::kHeader) return;
  errno = 0;
  EXPECT_EQ(Allocate(1, size_t{1} << 62), nullptr);
  EXPECT_EQ(errno, ENOMEM);
}

TEST_F(RunsTest, GrowsAndShrinksInPlace) {
  char* const p = Allocate(kMiB);
  const size_t u = UnitOf(p);
  std::memset(p, 'g', kMiB);
  ASSERT_TRUE(RunResize(u, 9 * kMiB)) << "nothing follows it";
  EXPECT_GE(RunUsableBytes(u), 9 * kMiB);
  EXPECT_TRUE(IsFilled(p, kMiB, 'g'));
  std::memset(p, 'h', RunUsableBytes(u));
  ASSERT_TRUE(RunResize(u, 8 * kMiB)) << "a ninth less";
  EXPECT_LE(RunUnits(u), 8 * kMiB / kUnitBytes + 1);
  ASSERT_TRUE(RunResize(u, 100'000));
  EXPECT_GE(RunUsableBytes(u), 100'000u);
  EXPECT_EQ(UsedUnits(), before_ + RunUnits(u));
  EXPECT_EQ(RunUnits(u), DivideUp(100'000, kUnitBytes));
  EXPECT_TRUE(IsFilled(p, 100'000, 'h'));
  EXPECT_FALSE(RunResize(u, SIZE_MAX));
  EXPECT_FALSE(RunResize(u, PTRDIFF_MAX));
  Free(u);
}

TEST_F(RunsTest, DoesNotGrowIntoAnother) {
  char* const p = Allocate(100'000);
  char* const q = Allocate(100'000);
  ASSERT_EQ(UnitOf(q), UnitOf(p) + RunUnits(UnitOf(p)));
  EXPECT_FALSE(RunResize(UnitOf(p), 10 * kMiB));
  EXPECT_GE(RunUsableBytes(UnitOf(p)), 100'000u);
  EXPECT_LT(RunUsableBytes(UnitOf(p)), 200'000u);
  Free(UnitOf(q));
  EXPECT_TRUE(RunResize(UnitOf(p), 10 * kMiB));
  Free(UnitOf(p));
}

// ---------------------------------------------------------------- kept runs

TEST_F(RunsTest, AFreedRunIsKeptAndTakenAgain) {
  char* const p = Allocate(200'000);
  const size_t u = UnitOf(p);
  RunFree(u);
  EXPECT_FALSE(IsRunLive(u));
  EXPECT_EQ(UsedUnits(), before_ + RunUnits(u));
  char* const smaller = Allocate(100'000);
  EXPECT_NE(smaller, p) << "only one of just the wanted size is taken";
  char* const same = Allocate(205'000);
  EXPECT_EQ(same, p);
  EXPECT_TRUE(IsRunLive(u));
  EXPECT_FALSE(zeroed_);
  EXPECT_GE(RunUsableBytes(u), 205'000u);
  EXPECT_LT(RunUsableBytes(u), 250'000u + 2 * kPageBytes);
  Free(UnitOf(smaller));
  Free(u);
}

// A run in units that a longer one was in keeps none of its pages where the heap grows.
TEST_F(RunsTest, GivesItsTailBackWhereTheHeapGrows) {
  constexpr size_t kUnits = 3;
  constexpr size_t kBytes = kUnits * kUnitBytes;
  constexpr size_t kUsed = kBytes - SuperslabHeap::kLeastTail;
  const SuperslabHeap::Totals totals = process.superslabs.GetTotals();
  char* const longer = Allocate(kBytes - kPageBytes);
  std::memset(longer, 'x', kBytes - kPageBytes);
  const size_t growth = totals.peak_used_units - totals.used_units + 1;
  char* const others = Allocate(growth * kUnitBytes - kPageBytes);
  Free(UnitOf(longer));
  char* const p = Allocate(kUsed - 2 * kMinAlignment);
  ASSERT_EQ(UnitOf(p), UnitOf(longer));
  unsigned char resident[kBytes / kPageBytes] = {};
  char* const start = process.superslabs.map().UnitStart(UnitOf(p));
  ASSERT_EQ(mincore(start, kBytes, resident), 0);
  const size_t pages = RunRecord(UnitOf(p))->bytes() / kPageBytes;
  ASSERT_EQ(pages, kUsed / kPageBytes);
  for (size_t i = 0; i < kBytes / kPageBytes; ++i) EXPECT_EQ(resident[i], i < pages) << i;
  Free(UnitOf(p));
  Free(UnitOf(others));
}

// A kept run serves what needs a little less, and has its units then.
TEST_F(RunsTest, AKeptRunMayBeALittleLonger) {
  constexpr size_t kUnits = 32;
  const auto allocate = [this](size_t units) { return Allocate(units * kUnitBytes - kPageBytes); };
  char* const p = allocate(kUnits);
  const size_t u = UnitOf(p);
  RunFree(u);
  char* const shorter = allocate(kUnits * 3 / 4);
  EXPECT_NE(shorter, p);
  char* const q = allocate(kUnits - 3);
  ASSERT_EQ(q, p);
  EXPECT_EQ(RunUnits(u), kUnits);
  const size_t usable = (kUnits - 3) * kUnitBytes - kPageBytes;
  EXPECT_GE(RunUsableBytes(u), usable);
  EXPECT_LT(RunUsableBytes(u), usable + kPageBytes);
  // So it does when it grows or shrinks within that.
  for (const size_t units : {kUnits, kUnits - 3, kUnits - 1}) {
    ASSERT_TRUE(RunResize(u, units * kUnitBytes - kPageBytes));
    EXPECT_EQ(RunUnits(u), kUnits);
    EXPECT_GE(RunUsableBytes(u), units * kUnitBytes - kPageBytes);
  }
  ASSERT_TRUE(RunResize(u, (kUnits / 2) * kUnitBytes - kPageBytes));
  EXPECT_EQ(RunUnits(u), kUnits / 2);
  Free(u);
  Free(UnitOf(shorter));
}

TEST_F(RunsTest, LargeRunsAreNotKept) {
  char* const p = Allocate(RunCache::kMostUnits * kUnitBytes + 1);
  RunFree(UnitOf(p));
  EXPECT_EQ(UsedUnits(), before_);
}

TEST_F(RunsTest, AlignedRunsAreNotTakenFromKeptOnes) {
  if (config::kHeader) GTEST_SKIP() << "to 16 only in the header variant";
  char* const p = Allocate(100'000);
  char* const q = Allocate(100'000);
  RunFree(UnitOf(p));
  RunFree(UnitOf(q));
  char* const aligned = Allocate(100'000, 4 * kMiB);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(aligned) % (4 * kMiB), 0u);
  Free(UnitOf(aligned));
}

TEST_F(RunsTest, GrowsOverAKeptRun) {
  char* const p = Allocate(100'000);
  char* const q = Allocate(100'000);
  ASSERT_EQ(UnitOf(q), UnitOf(p) + RunUnits(UnitOf(p)));
  RunFree(UnitOf(q));
  EXPECT_TRUE(RunResize(UnitOf(p), 10 * kMiB));
  Free(UnitOf(p));
}

// Memory that is kept is there for a request that nothing else can serve.
TEST_F(RunsTest, KeptRunsAreGivenUpBeforeMemoryIsExhausted) {
  std::vector<size_t> runs;
  platform::GetSeams().fail_commit = -1;  // the heap can't grow any more
  while (char* const p = Allocate(100'000)) runs.push_back(UnitOf(p));
  ASSERT_GE(runs.size(), 2u);
  RunFree(runs[0]);
  RunFree(runs[1]);
  char* const larger = Allocate(200'000);
  platform::GetSeams().fail_commit = 0;
  EXPECT_NE(larger, nullptr);
  if (larger != nullptr) Free(UnitOf(larger));
  for (size_t i = 2; i < runs.size(); ++i) Free(runs[i]);
}

// Also for one of a slab's blocks.
TEST_F(RunsTest, KeptRunsBecomeSlabsBeforeMemoryIsExhausted) {
  constexpr SizeClass kClass = kNumClasses - 1;
  std::vector<size_t> runs;
  platform::GetSeams().fail_commit = -1;  // the heap can't grow any more
  while (char* const p = Allocate(60'000)) runs.push_back(UnitOf(p));
  RunFree(runs.back());
  void* const block = thread_cache.Pop(kClass);
  platform::GetSeams().fail_commit = 0;
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(UnitOf(block), runs.back());
  runs.pop_back();
  thread_cache.Push(block, kClass);
  thread_cache.GiveAllBack();
  for (const size_t u : runs) Free(u);
}

// ---------------------------------------------------------------- huge

TEST_F(RunsTest, MovingKeepsTheContents) {
  char* const p = Allocate(kMiB);
  std::memset(p, 'm', kMiB);
  const size_t from = UnitOf(p);
  bool clean = false;
  char* const q = static_cast<char*>(RunMovePages(from, 6 * kMiB, &clean));
  ASSERT_NE(q, nullptr);
  EXPECT_TRUE(clean);
  EXPECT_TRUE(IsFilled(q, kMiB, 'm'));
  EXPECT_TRUE(IsFilled(p, kMiB, 0));
  Free(from, clean);
  EXPECT_GE(RunUsableBytes(UnitOf(q)), 6 * kMiB);
  EXPECT_EQ(UsedUnits(), before_ + RunUnits(UnitOf(q)));
  if (config::kHeader) {
    AllocHeader header;
    ASSERT_TRUE(header.Read(q));
    EXPECT_EQ(header.method, AllocHeader::Method::kRun);
  }
  std::memset(q, 'n', RunUsableBytes(UnitOf(q)));
  Free(UnitOf(q));
}

TEST_F(RunsTest, WhatCannotBeMovedIsCopied) {
  for (const int refusals : {1, 2, -1}) {
    for (const int purge_refusals : {0, -1}) {
      char* const p = Allocate(kMiB);
      for (size_t i = 0; i < kMiB; i += kPageBytes) p[i] = static_cast<char>(i / kPageBytes);
      platform::GetSeams().fail_move = refusals;
      platform::GetSeams().fail_purge = purge_refusals;
      bool clean = true;
      char* const q = static_cast<char*>(RunMovePages(UnitOf(p), 2 * kMiB, &clean));
      platform::GetSeams().fail_move = platform::GetSeams().fail_purge = 0;
      ASSERT_NE(q, nullptr);
      for (size_t i = 0; i < kMiB; i += kPageBytes) {
        ASSERT_EQ(q[i], static_cast<char>(i / kPageBytes)) << i << ", refusals " << refusals;
      }
      EXPECT_EQ(clean, purge_refusals == 0) << "memory that is locked is not moved";
      if (clean) {
        EXPECT_TRUE(IsFilled(p, kMiB, 0));
      }
      Free(UnitOf(p), clean);
      Free(UnitOf(q));
    }
  }
}

// As one is that grew by pieces of others' memory.
TEST_F(RunsTest, ARunOfSeveralMappingsIsMovedByPieces) {
  char* const p = Allocate(2 * kMiB);
  std::memset(p, 'm', 2 * kMiB);
  char* const middle = reinterpret_cast<char*>(
      RoundUp(reinterpret_cast<uintptr_t>(p) + kMiB, SuperslabHeap::kPieceUnits * kUnitBytes));
  ASSERT_EQ(madvise(middle, kMiB / 2, MADV_DONTDUMP), 0);
  bool clean = false;
  char* const q = static_cast<char*>(RunMovePages(UnitOf(p), 3 * kMiB, &clean));
  ASSERT_NE(q, nullptr);
  EXPECT_TRUE(clean);
  EXPECT_TRUE(IsFilled(q, 2 * kMiB, 'm'));
  EXPECT_TRUE(IsFilled(p, 2 * kMiB, 0));
  for (char* const start : {p, q}) {
    ASSERT_EQ(madvise(process.superslabs.map().UnitStart(UnitOf(start)), 2 * kMiB, MADV_DODUMP), 0);
  }
  Free(UnitOf(p), clean);
  Free(UnitOf(q));
}

TEST_F(RunsTest, AMoveWithoutMemoryChangesNothing) {
  char* const p = Allocate(kMiB);
  std::memset(p, 'm', kMiB);
  bool clean;
  EXPECT_EQ(RunMovePages(UnitOf(p), PTRDIFF_MAX, &clean), nullptr);
  EXPECT_TRUE(IsFilled(p, kMiB, 'm'));
  EXPECT_EQ(UsedUnits(), before_ + RunUnits(UnitOf(p)));
  Free(UnitOf(p));
}

TEST_F(RunsTest, IsMadeZero) {
  constexpr size_t kPage = kPageBytes;
  for (const size_t size : {size_t{33'000}, kMiB, kMiB + 1, kMiB + kPage - 1, kMiB + kPage - 16}) {
    char* const p = Allocate(size);
    char* const next = Allocate(size);
    std::memset(p, 'a', size);
    std::memset(next, 'b', size);
    RunZero(p, size, /*mixed=*/false);
    EXPECT_TRUE(IsFilled(p, size, 0));
    // Some pages zero, and one byte of others: the first, the last, one of the second line.
    for (size_t i = 0; i < size; i += 3 * kPage) p[i] = 1;
    for (size_t i = kPage - 1; i < size; i += 5 * kPage) p[i] = 1;
    for (size_t i = kCacheLineBytes; i < size; i += 7 * kPage) p[i] = 1;
    p[size - 1] = 1;
    thread_cache.heap->zero_scan() = {};
    RunZero(p, size, /*mixed=*/false);
    EXPECT_TRUE(IsFilled(p, size, 0));
    EXPECT_TRUE(IsFilled(next, size, 'b'));
    AllocHeader header;
    EXPECT_TRUE(!config::kHeader || header.Read(p)) << "the block's own header stays";
    Free(UnitOf(p));
    Free(UnitOf(next));
  }
}

TEST_F(RunsTest, LargeRunsGetFreshPagesUnlessTheySeemUsed) {
  for (const size_t size : {kMiB, kFreshPagesFrom, kFreshPagesFrom + kPageBytes - 1}) {
    for (const bool mixed : {true, false}) {
      for (const bool used : {true, false}) {
        char* const p = Allocate(size);
        std::memset(p, 0, size);
        std::memset(p, 'a', used ? size : 3 * kPageBytes);
        const size_t purged_before = platform::GetSeams().purged_bytes;
        RunZero(p, size, mixed);
        EXPECT_TRUE(IsFilled(p, size, 0));
        const bool purged = platform::GetSeams().purged_bytes != purged_before;
        EXPECT_EQ(purged, size >= kFreshPagesFrom && (mixed || !used));
        p[size / 2] = 'a';
        platform::GetSeams().fail_purge = 1;
        RunZero(p, size, mixed);
        platform::GetSeams().fail_purge = 0;
        EXPECT_TRUE(IsFilled(p, size, 0));
        Free(UnitOf(p));
      }
    }
  }
}

TEST_F(RunsTest, SaysWhetherSomeOfItMayHaveMemory) {
  bool zeroed;
  bool mixed;
  const auto allocate = [&](size_t units) {
    return UnitOf(RunAllocate(units * kUnitBytes - kPageBytes, kMinAlignment, &zeroed,
                              SuperslabHeap::Gathering::kNone, 0, &mixed));
  };
  process.superslabs.PurgeAll();
  const size_t first = allocate(256);
  EXPECT_TRUE(zeroed);
  EXPECT_FALSE(mixed);
  Free(first);
  const size_t again = allocate(256);
  EXPECT_FALSE(zeroed);
  EXPECT_FALSE(mixed);
  Free(again);
  const size_t longer = allocate(1024);
  EXPECT_FALSE(zeroed);
  EXPECT_EQ(mixed, longer == first);
  Free(longer);
}

size_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  size_t size = 0;
  size_t resident = 0;
  statm >> size >> resident;
  return resident * kPageBytes;
}

TEST_F(RunsTest, PagesWithoutMemoryGetNoneWhenTheyAreMadeZero) {
  constexpr size_t kSize = 16 * kMiB;
  char* const p = Allocate(kSize);
  const auto touch_few = [p] {
    platform::Purge(p - kFirstBlock, kSize);
    for (size_t i = 0; i < kSize; i += kUnitBytes) p[i] = 'x';
  };
  ZeroScan& scan = thread_cache.heap->zero_scan();
  scan = {};
  touch_few();
  const size_t before = ResidentBytes();
  RunZero(p, kSize, /*mixed=*/false);
  EXPECT_LT(ResidentBytes(), before + 2 * kMiB);
  EXPECT_TRUE(IsFilled(p, kSize, 0));
  // Unless the program seems to use all of its arrays.
  touch_few();
  scan.Found(0, kSize / kPageBytes);
  RunZero(p, kSize, /*mixed=*/false);
  EXPECT_GT(ResidentBytes(), before + 10 * kMiB);
  EXPECT_TRUE(IsFilled(p, kSize, 0));
  Free(UnitOf(p));
}

}  // namespace
}  // namespace hakmem
