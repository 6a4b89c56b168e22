// The contracts of the C functions that have a namesake in box/hakmem.h.

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

#include "testing/contracts/resident_memory.h"
#include "testing/model/allocator.h"
#include "testing/model/pattern.h"
#include "testing/model/scale.h"

namespace hakmem::contracts {
namespace {

using model::FillPattern;
using model::FindPatternDefect;
using model::kNoOffset;

const model::Allocator& api = model::AllocatorUnderTest();

constexpr size_t kPage = 4096;
constexpr size_t kMiB = size_t{1} << 20;
constexpr int kErrnoMark = 4711;

// At least one in each box and beside each border between boxes, and one whose free unmaps it.
constexpr size_t kSizes[] = {0,    1,        8,         9,         16,        100,    1024,
                             1025, 4096,     10'000,    32'768,    32'769,    65'536, 100'000,
                             kMiB, kMiB + 1, 5'000'000, 64 * kMiB, 300 * kMiB};

// Sizes that no machine has: above PTRDIFF_MAX, and so near to SIZE_MAX that rounding up wraps.
constexpr size_t kImpossibleSizes[] = {PTRDIFF_MAX,         size_t{PTRDIFF_MAX} + 1,
                                       SIZE_MAX / 2 + 4096, SIZE_MAX - 65'536,
                                       SIZE_MAX - 4096,     SIZE_MAX - 4095,
                                       SIZE_MAX - 16,       SIZE_MAX - 15,
                                       SIZE_MAX - 7,        SIZE_MAX};

uintptr_t Address(const void* p) { return reinterpret_cast<uintptr_t>(p); }

// Expects NULL and `error` in errno from what `call` returns.
template <typename Call>
void ExpectRefused(int error, Call call) {
  errno = 0;
  void* p = call();
  const int found = errno;
  EXPECT_EQ(nullptr, p);
  EXPECT_EQ(error, found);
  if (p != nullptr) api.free(p);
}

TEST(MallocTest, ZeroBytesAreABlockOfTheirOwn) {
  std::set<void*> blocks;
  for (int i = 0; i < 1000; ++i) {
    for (void* p :
         {api.malloc(0), api.calloc(0, 8), api.calloc(8, 0), api.calloc(SIZE_MAX, 0),
          api.realloc(nullptr, 0), api.reallocarray(nullptr, 0, 8), api.aligned_alloc(64, 0)}) {
      ASSERT_NE(nullptr, p);
      EXPECT_TRUE(blocks.insert(p).second);
    }
  }
  for (void* p : blocks) api.free(p);
}

TEST(MallocTest, SizesAboveEightAreAlignedToSixteen) {
  for (size_t size = 0; size < 5000; ++size) {
    void* blocks[3];
    for (void*& p : blocks) {
      p = api.malloc(size);
      EXPECT_EQ(0U, Address(p) % (size > 8 ? 16 : 8)) << size;
    }
    for (void* p : blocks) api.free(p);
  }
}

TEST(MallocTest, ImpossibleSizesAreRefused) {
  for (const size_t size : kImpossibleSizes) {
    SCOPED_TRACE(size);
    ExpectRefused(ENOMEM, [&] { return api.malloc(size); });
    ExpectRefused(ENOMEM, [&] { return api.calloc(1, size); });
    ExpectRefused(ENOMEM, [&] { return api.calloc(size, 1); });
    ExpectRefused(ENOMEM, [&] { return api.realloc(nullptr, size); });
    ExpectRefused(ENOMEM, [&] { return api.reallocarray(nullptr, size, 1); });
    for (const size_t alignment : {size_t{8}, size_t{16}, size_t{64}, kPage, kMiB}) {
      ExpectRefused(ENOMEM, [&] { return api.aligned_alloc(alignment, size); });
      void* out = &out;
      EXPECT_EQ(ENOMEM, api.posix_memalign(&out, alignment, size));
      EXPECT_EQ(&out, out) << "changed after a failure";
    }
  }
}

TEST(CallocTest, OverflowIsRefused) {
  const size_t root = size_t{1} << 32;
  const size_t factors[][2] = {{root, root},         {SIZE_MAX, 2},    {2, SIZE_MAX / 2 + 1},
                               {SIZE_MAX, SIZE_MAX}, {root + 1, root}, {SIZE_MAX / 3, 4},
                               {3, SIZE_MAX / 3 + 6}};
  for (const auto& [count, size] : factors) {
    SCOPED_TRACE(testing::Message() << count << " * " << size);
    ExpectRefused(ENOMEM, [&] { return api.calloc(count, size); });
    ExpectRefused(ENOMEM, [&] { return api.reallocarray(nullptr, count, size); });
    char* block = static_cast<char*>(api.malloc(100));
    FillPattern(block, 100, 1);
    errno = 0;
    EXPECT_EQ(nullptr, api.reallocarray(block, count, size));
    EXPECT_EQ(ENOMEM, errno);
    EXPECT_EQ(kNoOffset, FindPatternDefect(block, 100, 1, 100));
    api.free(block);
  }
}

TEST(CallocTest, MemoryThatWasDirtyIsZero) {
  for (const size_t size : kSizes) {
    if (size > 8 * kMiB) continue;
    for (int round = 0; round < 4; ++round) {
      void* dirty = api.malloc(size);
      std::fill_n(static_cast<char*>(dirty), size, 'x');
      api.free(dirty);
      char* p = static_cast<char*>(api.calloc(size == 0 ? 0 : 1, size));
      EXPECT_EQ(static_cast<ptrdiff_t>(size), std::count(p, p + size, '\0'));
      api.free(p);
    }
  }
}

TEST(ReallocTest, NullIsMalloc) {
  for (const size_t size : kSizes) {
    void* p = api.realloc(nullptr, size);
    ASSERT_NE(nullptr, p);
    EXPECT_LE(size, api.usable_size(p));
    api.free(p);
  }
}

TEST(ReallocTest, ZeroFreesAndReturnsNull) {
  for (const size_t size : kSizes) {
    if (size > kMiB + 1) continue;
    const size_t rounds = std::min<size_t>(100'000, 512 * kMiB / (size + 64));
    const size_t before = ResidentBytes();
    for (size_t i = 0; i < rounds; ++i) {
      char* p = static_cast<char*>(api.malloc(size));
      if (size > 0) p[0] = p[size - 1] = 'x';
      void* left = i % 2 == 0 ? api.realloc(p, 0) : api.reallocarray(p, i, 0);
      ASSERT_EQ(nullptr, left);
    }
    // Freed blocks are used again. A sanitizer keeps them for a while.
    const size_t limit = model::kSanitized ? SIZE_MAX : before + 3 * kMiB;
    EXPECT_LT(ResidentBytes(), limit) << size;
  }
}

TEST(ReallocTest, ContentsMoveAcrossBoxes) {
  for (const size_t from : kSizes) {
    for (const size_t to : kSizes) {
      if (to == 0) continue;
      void* p = api.malloc(from);
      FillPattern(p, from, from + 1);
      p = api.realloc(p, to);
      ASSERT_NE(nullptr, p) << from << " to " << to;
      EXPECT_EQ(kNoOffset, FindPatternDefect(p, from, from + 1, std::min(from, to)))
          << from << " to " << to;
      EXPECT_LE(to, api.usable_size(p));
      EXPECT_EQ(0U, Address(p) % (to > 8 ? 16 : 8));
      api.free(p);
    }
  }
}

TEST(ReallocTest, FailureKeepsTheBlock) {
  for (const size_t size : kSizes) {
    void* p = api.malloc(size);
    const size_t usable = api.usable_size(p);
    FillPattern(p, size, size);
    for (const size_t impossible : kImpossibleSizes) {
      errno = 0;
      ASSERT_EQ(nullptr, api.realloc(p, impossible));
      EXPECT_EQ(ENOMEM, errno);
    }
    EXPECT_EQ(usable, api.usable_size(p));
    EXPECT_EQ(kNoOffset, FindPatternDefect(p, size, size, size));
    api.free(p);
  }
}

TEST(FreeTest, LeavesErrnoAlone) {
  errno = kErrnoMark;
  api.free(nullptr);
  api.free_sized(nullptr, 0);
  api.free_aligned_sized(nullptr, 64, 0);
  EXPECT_EQ(kErrnoMark, errno);
  for (const size_t size : kSizes) {
    void* p = api.malloc(size);
    ASSERT_NE(nullptr, p);
    errno = kErrnoMark;
    api.free(p);
    EXPECT_EQ(kErrnoMark, errno) << size;
    void* remote = api.malloc(size);
    std::thread([&] {
      errno = kErrnoMark;
      api.free(remote);
      EXPECT_EQ(kErrnoMark, errno) << size << " in another thread";
    }).join();
  }
}

// Enough blocks that caches overflow and memory goes back to the kernel.
TEST(FreeTest, LeavesErrnoAloneWhenManyBlocksGoBack) {
  for (const size_t size : {16, 1000, 5000, 40'000}) {
    std::vector<void*> blocks(32 * kMiB / static_cast<size_t>(size));
    for (void*& p : blocks) {
      p = api.malloc(size);
      *static_cast<char*>(p) = 1;
    }
    errno = kErrnoMark;
    for (void* p : blocks) api.free(p);
    EXPECT_EQ(kErrnoMark, errno) << size;
  }
}

TEST(FreeTest, SizedFormsFree) {
  for (const size_t size : kSizes) {
    for (int i = 0; i < 100; ++i) {
      api.free_sized(api.malloc(size), size);
      api.free_sized(api.calloc(1, size), size);
      api.free_sized(api.realloc(api.malloc(1), size + 1), size + 1);
      const size_t alignment = size_t{16} << (i % 10);
      api.free_aligned_sized(api.aligned_alloc(alignment, size), alignment, size);
    }
  }
  const size_t before = ResidentBytes();
  for (int i = 0; i < 100; ++i) {
    void* const p = api.malloc(kMiB);
    std::memset(p, 1, kMiB);
    api.free_sized(p, kMiB);
    void* const q = api.aligned_alloc(64, kMiB);
    std::memset(q, 1, kMiB);
    api.free_aligned_sized(q, 64, kMiB);
  }
  EXPECT_LT(ResidentBytes(), before + 20 * kMiB) << "of 200 MiB";
}

TEST(AlignmentTest, PowersOfTwoUpToOneGiB) {
  for (size_t alignment = 1; alignment <= size_t{1} << 30; alignment *= 2) {
    std::vector<void*> blocks;
    for (const size_t size : {size_t{0}, size_t{1}, size_t{24}, alignment - 1, alignment + 1}) {
      SCOPED_TRACE(testing::Message() << alignment << ", " << size);
      errno = kErrnoMark;
      char* p = static_cast<char*>(api.aligned_alloc(alignment, size));
      ASSERT_NE(nullptr, p);
      blocks.push_back(p);
      void* q = nullptr;
      if (alignment >= sizeof(void*)) {
        ASSERT_EQ(0, api.posix_memalign(&q, alignment, size));
        ASSERT_NE(nullptr, q);
        blocks.push_back(q);
      }
      for (void* block : {static_cast<void*>(p), q}) {
        EXPECT_EQ(0U, Address(block) % alignment);
        if (block == nullptr) continue;
        EXPECT_LE(size, api.usable_size(block));
        FillPattern(block, size, Address(block));
      }
      if (alignment > 64 * kMiB) break;  // Address space is not endless.
    }
    EXPECT_EQ(blocks.size(), std::set<void*>(blocks.begin(), blocks.end()).size());
    for (void* block : blocks) api.free(block);
  }
}

TEST(AlignmentTest, AlignedBlocksCanBeReallocated) {
  for (const size_t alignment : {size_t{64}, kPage, size_t{65'536}, 2 * kMiB}) {
    for (const size_t size : {10, 1000, 100'000, 3'000'000}) {
      for (const size_t new_size : {5, 2000, 50'000, 6'000'000}) {
        void* p = api.aligned_alloc(alignment, size);
        FillPattern(p, size, 3);
        p = api.realloc(p, new_size);
        ASSERT_NE(nullptr, p);
        EXPECT_EQ(kNoOffset, FindPatternDefect(p, size, 3, std::min(size, new_size)));
        api.free(p);
      }
    }
  }
}

TEST(AlignmentTest, HugeAlignmentsAreRefused) {
  for (const int bits : {57, 60, 62, 63}) {
    const size_t alignment = size_t{1} << bits;
    for (const size_t size : {size_t{0}, size_t{1}, alignment - 1, alignment}) {
      ExpectRefused(ENOMEM, [&] { return api.aligned_alloc(alignment, size); });
      void* out = &out;
      EXPECT_EQ(ENOMEM, api.posix_memalign(&out, alignment, size));
      EXPECT_EQ(&out, out);
    }
  }
}

// glibc's manual: EINVAL if the alignment is not a power of two. Its code (2.36) rounds up instead.
TEST(AlignedAllocTest, AnAlignmentThatIsNoPowerOfTwoIsRefused) {
  if (!api.is_hakmem) return;
  for (const size_t alignment :
       {size_t{0}, size_t{3}, size_t{24}, size_t{4095}, SIZE_MAX, (size_t{1} << 63) + 1}) {
    SCOPED_TRACE(alignment);
    ExpectRefused(EINVAL, [&] { return api.aligned_alloc(alignment, 48); });
  }
}

TEST(PosixMemalignTest, BadAlignmentsAreRefused) {
  for (const size_t alignment : {size_t{0}, size_t{1}, size_t{2}, size_t{4}, size_t{7}, size_t{12},
                                 size_t{24}, size_t{4104}, SIZE_MAX, (size_t{1} << 63) + 8}) {
    SCOPED_TRACE(alignment);
    void* out = &out;
    errno = kErrnoMark;
    EXPECT_EQ(EINVAL, api.posix_memalign(&out, alignment, 48));
    EXPECT_EQ(kErrnoMark, errno);
    EXPECT_EQ(&out, out);
  }
}

TEST(PosixMemalignTest, LeavesErrnoAlone) {
  if (!api.is_hakmem) return;
  void* out = nullptr;
  errno = kErrnoMark;
  EXPECT_EQ(ENOMEM, api.posix_memalign(&out, 64, PTRDIFF_MAX));
  EXPECT_EQ(0, api.posix_memalign(&out, 64, 1000));
  EXPECT_EQ(kErrnoMark, errno);
  api.free(out);
}

TEST(UsableSizeTest, OfNullIsZero) { EXPECT_EQ(0U, api.usable_size(nullptr)); }

TEST(UsableSizeTest, AllOfItMayBeWritten) {
  std::vector<std::pair<void*, size_t>> blocks;
  for (size_t size = 0; size < 40'000; size += 1 + size / 50) {
    for (int i = 0; i < 4; ++i) {
      void* p = api.malloc(size);
      const size_t usable = api.usable_size(p);
      ASSERT_LE(size, usable);
      FillPattern(p, usable, blocks.size());
      blocks.emplace_back(p, usable);
    }
  }
  for (size_t i = 0; i < blocks.size(); ++i) {
    const auto [p, usable] = blocks[i];
    EXPECT_EQ(kNoOffset, FindPatternDefect(p, usable, i, usable));
    api.free(p);
  }
}

}  // namespace
}  // namespace hakmem::contracts
