#include "box/dispatch.h"

#include <errno.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "box/block.h"
#include "core/config.h"
#include "core/platform_seams.h"
#include "core/test_random.h"

namespace hakmem {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

// Both sides of every border between boxes, and of what may matter within them.
std::vector<size_t> Sizes() {
  std::vector<size_t> sizes;
  for (const size_t border : {size_t{0}, size_t{8}, size_t{16}, size_t{128}, kMaxTinyRequest,
                              size_t{1040}, kPageBytes, kMaxMidRequest, size_t{32768}, kUnitBytes,
                              3 * kUnitBytes, kSuperslabBytes, 2 * kSuperslabBytes}) {
    for (size_t size = border < 17 ? 0 : border - 17; size <= border + 17; ++size) {
      sizes.push_back(size);
    }
  }
  return sizes;
}

// Bytes follow from their place in the block and a seed: all of a small block, some of every page
// of a large one, and the last.
size_t Stride(size_t size) { return size > kUnitBytes ? 509 : 1; }
uint8_t ByteAt(size_t i, uint8_t seed) { return static_cast<uint8_t>(seed + i * 7); }
void Fill(void* p, size_t size, uint8_t seed) {
  uint8_t* const bytes = static_cast<uint8_t*>(p);
  for (size_t i = 0; i < size; ++i) bytes[i] = ByteAt(i, seed);
}
bool IsFilled(const void* p, size_t size, uint8_t seed) {
  const uint8_t* const bytes = static_cast<const uint8_t*>(p);
  for (size_t i = 0; i < size; i += Stride(size)) {
    if (bytes[i] != ByteAt(i, seed)) return false;
  }
  return size == 0 || bytes[size - 1] == ByteAt(size - 1, seed);
}

// A pointer of which the compiler knows nothing, so that it does not warn of what is tested.
void* Hidden(void* p) {
  void* volatile hidden = p;
  return hidden;
}

TEST(DispatchTest, EveryBorderGoesToItsBox) {
  for (const size_t size : Sizes()) {
    void* const p = Allocate(size);
    ASSERT_NE(p, nullptr);
    ASSERT_EQ(reinterpret_cast<uintptr_t>(p) % (size <= 8 ? 8 : kMinAlignment), 0u);
    const Block block = FindBlock(p);
    SizeClass c;
    ASSERT_EQ(block.kind, size <= kMaxMidRequest ? Block::Kind::kSlab : Block::Kind::kRun) << size;
    if (size <= kMaxMidRequest) {
      ASSERT_EQ(block.size_class < kTinyEnd, size <= kMaxTinyRequest) << size;
      ASSERT_TRUE(TellClass(p, &c)) << size;
      ASSERT_EQ(c, block.size_class) << size;
    } else {
      ASSERT_FALSE(TellClass(p, &c));
    }
    ASSERT_GE(UsableSize(p), size);
    std::memset(p, 0x5A, UsableSize(p));
    Free(p);
  }
}

TEST(DispatchTest, UserDataIsNeverTakenForAHeader) {
  // Every byte a neighbour may write, up to its last one.
  for (const size_t size : {size_t{9}, size_t{24}, size_t{1000}, size_t{3000}, size_t{40'000}}) {
    for (const int byte : {0x00, 0x5A, 0x80, 0x81, 0xA5, 0xBF, 0xFF}) {
      std::vector<void*> blocks;
      for (int i = 0; i < 20; ++i) {
        blocks.push_back(Allocate(size));
        std::memset(blocks.back(), byte, UsableSize(blocks.back()));
      }
      const size_t usable = UsableSize(blocks[0]);
      for (void* p : blocks) ASSERT_EQ(UsableSize(p), usable);
      for (void* p : blocks) Free(p);
    }
  }
}

TEST(DispatchTest, OverwrittenHeadersAreRepaired) {
  if (!config::kHeader) GTEST_SKIP() << "of the header variant";
  for (const size_t size :
       {size_t{9}, size_t{100}, kMaxTinyRequest, size_t{5000}, size_t{30'000}}) {
    for (int byte = 0; byte < 256; ++byte) {
      char* const p = static_cast<char*>(Allocate(size));
      SizeClass c;
      ASSERT_TRUE(TellClass(p, &c));
      const SizeClass own = c;
      p[-1] = static_cast<char>(byte);
      // Another class's byte deceives where a block of that class may start.
      if (TellClass(p, &c) && c != own) {
        ASSERT_TRUE(byte > 0x80 && byte < 0x80 + static_cast<int>(kNumClasses)) << byte;
        WriteRegionHeader(p, own);
      }
      Free(p);
      ASSERT_TRUE(TellClass(p, &c)) << size << ", byte " << byte;
      ASSERT_EQ(c, own) << size << ", byte " << byte;
    }
  }
}

TEST(DispatchTest, AllocatesZeroed) {
  for (const size_t size : Sizes()) {
    if (size > kMiB && size % 8 != 0) continue;  // a few of the large ones are enough
    for (int round = 0; round < 2; ++round) {
      uint8_t* const p = static_cast<uint8_t*>(AllocateZeroed(1, size));
      ASSERT_NE(p, nullptr);
      ASSERT_TRUE(std::all_of(p, p + size, [](uint8_t b) { return b == 0; })) << size;
      std::memset(p, 0xEE, size);
      Free(p);
    }
  }
  errno = 0;
  EXPECT_EQ(AllocateZeroed(SIZE_MAX / 2, 3), nullptr);
  EXPECT_EQ(errno, ENOMEM);
}

TEST(DispatchTest, ReallocatesAcrossAllBoxes) {
  const size_t sizes[] = {1,       8,     100,      kMaxTinyRequest,     kMaxTinyRequest + 1,
                          5000,    32768, 32769,    kMaxMidRequest + 1,  100'000,
                          300'000, kMiB,  3 * kMiB, kSuperslabBytes + 1, 6 * kMiB};
  for (const size_t from : sizes) {
    for (const size_t to : sizes) {
      void* const p = Allocate(from);
      void* const wall = Allocate(from);  // hinders growing in place
      Fill(p, from, 1);
      void* const q = Reallocate(p, to);
      ASSERT_NE(q, nullptr);
      ASSERT_TRUE(IsFilled(q, std::min(from, to), 1)) << from << " to " << to;
      ASSERT_GE(UsableSize(q), to);
      std::memset(q, 1, UsableSize(q));
      Free(q);
      Free(wall);
    }
  }
  process.superslabs.Validate();
}

TEST(DispatchTest, ReallocatesWhenPagesCannotMove) {
  platform::GetSeams().fail_move = -1;
  void* p = Allocate(kMiB);
  void* const wall = Allocate(kMiB);
  Fill(p, kMiB, 3);
  p = Reallocate(p, 6 * kMiB);
  EXPECT_TRUE(IsFilled(p, kMiB, 3));
  platform::GetSeams().fail_move = 0;
  Free(p);
  Free(wall);
}

TEST(DispatchTest, ReallocatesSpecialCases) {
  void* const p = Reallocate(nullptr, 100);
  ASSERT_NE(p, nullptr);
  EXPECT_EQ(Reallocate(p, 90), p) << "small changes stay in place";
  Fill(p, 100, 7);
  errno = 0;
  EXPECT_EQ(Reallocate(p, SIZE_MAX), nullptr);
  EXPECT_EQ(errno, ENOMEM);
  EXPECT_TRUE(IsFilled(p, 100, 7)) << "and the block is untouched";
  EXPECT_EQ(Reallocate(p, 0), nullptr);
  Free(Hidden(nullptr));
  EXPECT_EQ(UsableSize(nullptr), 0u);
}

TEST(DispatchTest, ALongBlockGivesBackWhatIsTooMuch) {
  constexpr size_t kSize = 10 * kMiB;
  void* const p = Allocate(kSize);
  EXPECT_EQ(Reallocate(p, kSize - kMiB / 2), p);
  EXPECT_GE(UsableSize(p), kSize) << "which is not worth it";
  EXPECT_EQ(Reallocate(p, kSize * 6 / 10), p);
  EXPECT_LT(UsableSize(p), kSize * 6 / 10 + kPageBytes);
  Free(p);
}

TEST(DispatchTest, ShrinkingSucceedsWhenMemoryIsExhausted) {
  for (const size_t size : {size_t{300}, size_t{20'000}, kMiB}) {
    void* const p = Allocate(size);
    Fill(p, size, 5);
    const size_t less = size / 10;
    std::vector<void*> all;
    platform::GetSeams().fail_commit = -1;
    while (void* const q = Allocate(less)) all.push_back(q);
    EXPECT_EQ(Reallocate(p, less), p);
    EXPECT_EQ(Reallocate(p, 2 * size), nullptr);
    platform::GetSeams().fail_commit = 0;
    EXPECT_TRUE(IsFilled(p, less, 5));
    Free(p);
    for (void* const q : all) Free(q);
  }
}

TEST(DispatchTest, AlignsAndReallocatesWhatIsAligned) {
  TestRandom random(TestSeed(1));
  for (size_t alignment = 1; alignment <= 4 * kMiB; alignment *= 2) {
    for (const size_t size :
         {size_t{0}, size_t{7}, alignment, alignment + 1, random.Below(50'000)}) {
      void* const p = AllocateAligned(alignment, size);
      ASSERT_NE(p, nullptr);
      ASSERT_EQ(reinterpret_cast<uintptr_t>(p) % alignment, 0u);
      const size_t usable = UsableSize(p);
      ASSERT_GE(usable, size);
      Fill(p, usable, 9);
      const size_t wanted = random.Below(2 * usable + 2) + 1;
      void* const q = Reallocate(p, wanted);
      ASSERT_TRUE(IsFilled(q, std::min(usable, wanted), 9)) << alignment << ", " << size;
      Free(q);
    }
  }
  for (const size_t much : {SIZE_MAX, size_t{PTRDIFF_MAX}, size_t{1} << 62}) {
    errno = 0;
    EXPECT_EQ(AllocateAligned(64, much), nullptr);
    EXPECT_EQ(errno, ENOMEM);
    errno = 0;
    EXPECT_EQ(AllocateAligned(size_t{1} << 62, 1), nullptr);
    EXPECT_EQ(errno, ENOMEM);
  }
}

TEST(DispatchTest, RandomCallsKeepEveryBlock) {
  struct Held {
    void* p = nullptr;
    size_t size = 0;
    uint8_t seed = 0;
  };
  TestRandom random(TestSeed(2));
  std::vector<Held> held(200);
  for (int step = 0; step < 20'000; ++step) {
    Held& slot = held[random.Below(held.size())];
    ASSERT_TRUE(IsFilled(slot.p, slot.size, slot.seed)) << "step " << step;
    const size_t size = random.Below(size_t{1} << (4 + random.Below(random.OneIn(50) ? 18 : 10)));
    if (random.OneIn(3) && size > 0) {
      slot.p = Reallocate(slot.p, size);
      ASSERT_TRUE(IsFilled(slot.p, std::min(size, slot.size), slot.seed)) << "step " << step;
    } else {
      Free(slot.p);
      slot.p =
          random.OneIn(4) ? AllocateAligned(size_t{1} << random.Below(14), size) : Allocate(size);
    }
    slot.size = size;
    slot.seed = static_cast<uint8_t>(random.Next());
    Fill(slot.p, size, slot.seed);
  }
  for (const Held& slot : held) Free(slot.p);
  process.superslabs.Validate();
}

// ---------------------------------------------------------------- bad pointers

TEST(DispatchDeathTest, BadPointersEndTheProgram) {
  alignas(16) char on_stack[64] = {};
  char* const p = static_cast<char*>(Allocate(100'000));
  EXPECT_DEATH(Free(Hidden(on_stack + 16)),
               "free\\(\\) of invalid pointer 0x.*not hakmem's memory");
  EXPECT_DEATH(Free(p + 64), "free\\(\\) of invalid pointer 0x.*inside a block.*l25");
  EXPECT_DEATH(Reallocate(p + 64, 10), "realloc\\(\\) of invalid pointer");
  EXPECT_DEATH(UsableSize(p + 64), "malloc_usable_size\\(\\) of invalid pointer");
  Free(p);
  EXPECT_DEATH(Free(p), "freed already");
}

// Step 1 looks at the place, too, whatever the byte before it.
TEST(DispatchDeathTest, InteriorPointersBehindBytesLikeHeadersEndTheProgram) {
  constexpr size_t kSize = 5000;
  char* const p = static_cast<char*>(Allocate(kSize));
  for (const SizeClass c : {MidClass(kSize), kNumClasses - 1}) {
    std::memset(p, static_cast<int>(kRegionMagic | c), kSize);
    EXPECT_DEATH(Free(p + 64), "free\\(\\) of invalid pointer 0x.*inside a block.*mid");
    EXPECT_DEATH(Free(p + 65), "free\\(\\) of invalid pointer 0x.*inside a block.*mid");
  }
  Free(p);
}

TEST(DispatchTest, BadPointersAreOneLineWhenTheSettingSaysWarn) {
  process.settings.on_error = OnError::kWarn;
  alignas(16) char on_stack[64] = {};
  testing::internal::CaptureStderr();
  Free(Hidden(on_stack + 16));
  EXPECT_EQ(UsableSize(Hidden(on_stack + 16)), 0u);
  void* const fresh = Reallocate(Hidden(on_stack + 16), 10);
  const std::string errors = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 3);
  EXPECT_NE(fresh, nullptr);
  Free(fresh);
  process.settings.on_error = OnError::kAbort;
}

TEST(DispatchTest, FreeKeepsErrno) {
  errno = EDOM;
  for (const size_t size : Sizes()) Free(Allocate(size));
  process.superslabs.PurgeAll();
  EXPECT_EQ(errno, EDOM);
}

}  // namespace
}  // namespace hakmem
