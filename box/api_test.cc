#include "box/api.h"

#include <errno.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "box/hakmem.h"

namespace hakmem {
namespace {

TEST(ApiTest, ReallocateArrayRefusesAnOverflow) {
  void* const p = ReallocateArray(nullptr, 10, 10);
  ASSERT_NE(p, nullptr);
  errno = 0;
  EXPECT_EQ(ReallocateArray(p, SIZE_MAX / 2, 3), nullptr);
  EXPECT_EQ(errno, ENOMEM);
  void* const q = ReallocateArray(p, 100, 100);
  EXPECT_GE(hak_usable_size(q), 10'000u);
  hak_free(q);
}

TEST(ApiTest, AlignedAllocWantsAPowerOfTwo) {
  for (const size_t alignment : {size_t{0}, size_t{3}, size_t{24}, SIZE_MAX}) {
    errno = 0;
    EXPECT_EQ(AlignedAlloc(alignment, 10), nullptr);
    EXPECT_EQ(errno, EINVAL);
  }
  void* const p = AlignedAlloc(4096, 10);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(p) % 4096, 0u);
  hak_free(p);
}

TEST(ApiTest, PosixMemalignKeepsErrnoAndOutOnFailure) {
  int marker;
  void* out = &marker;
  errno = EDOM;
  for (const size_t alignment : {size_t{0}, size_t{1}, size_t{4}, size_t{24}}) {
    EXPECT_EQ(PosixMemalign(&out, alignment, 10), EINVAL);
  }
  EXPECT_EQ(PosixMemalign(&out, 64, SIZE_MAX), ENOMEM);
  EXPECT_EQ(out, &marker);
  EXPECT_EQ(PosixMemalign(&out, 64, 10), 0);
  EXPECT_NE(out, &marker);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(out) % 64, 0u);
  EXPECT_EQ(errno, EDOM);
  hak_free(out);
}

TEST(ApiTest, OwnsItsMemoryAlone) {
  int on_stack;
  void* const small = hak_malloc(10);
  void* const large = hak_malloc(1'000'000);
  EXPECT_EQ(hak_owns(small), 1);
  EXPECT_EQ(hak_owns(static_cast<char*>(large) + 999'999), 1);
  EXPECT_EQ(hak_owns(&on_stack), 0);
  EXPECT_EQ(hak_owns(nullptr), 0);
  hak_free_sized(small, 10);
  hak_free_aligned_sized(large, 16, 1'000'000);
}

TEST(ApiTest, PurgeGivesFreeMemoryBack) {
  hak_free(hak_malloc(3'000'000));
  EXPECT_GE(hak_purge(), 3'000'000u);
  EXPECT_EQ(hak_purge(), 0u);
}

// Of slabs that have blocks in use every page goes back on which none is.
TEST(ApiTest, PurgeGivesFreePagesBack) {
  constexpr size_t kSize = 3000;
  constexpr size_t kCount = 4000;
  constexpr size_t kStay = 20;  // one in so many
  std::vector<char*> blocks;
  for (size_t i = 0; i < kCount; ++i) {
    blocks.push_back(static_cast<char*>(hak_malloc(kSize)));
    std::memset(blocks.back(), static_cast<char>(i), kSize);
  }
  hak_purge();
  for (size_t i = 0; i < kCount; ++i) {
    if (i % kStay != 0) hak_free(blocks[i]);
  }
  EXPECT_GE(hak_purge(), kSize * kCount / 2) << "each slab has one or two blocks left";
  EXPECT_EQ(hak_purge(), 0u);
  for (size_t i = 0; i < kCount; i += kStay) {
    EXPECT_EQ(std::count(blocks[i], blocks[i] + kSize, static_cast<char>(i)), kSize);
  }
  // They serve again, and are apart from those that stayed.
  for (size_t i = 0; i < kCount; ++i) {
    if (i % kStay == 0) continue;
    blocks[i] = static_cast<char*>(hak_malloc(kSize));
    std::memset(blocks[i], static_cast<char>(i), kSize);
  }
  for (size_t i = 0; i < kCount; ++i) {
    EXPECT_EQ(std::count(blocks[i], blocks[i] + kSize, static_cast<char>(i)), kSize);
    hak_free(blocks[i]);
  }
}

// What the thread does: purger_thread_test.
TEST(ApiTest, PurgesInTheBackgroundWhereItIsAsked) {
  EXPECT_EQ(hak_purge_in_background(), 1);
  EXPECT_EQ(hak_purge_in_background(), 1) << "it does already";
}

TEST(ApiTest, VersionNamesTheVariant) {
  const std::string version = hak_version();
  EXPECT_NE(version.find(" ("), std::string::npos);
  EXPECT_EQ(version.back(), ')');
}

}  // namespace
}  // namespace hakmem
