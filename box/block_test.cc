#include "box/block.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "box/dispatch.h"
#include "core/config.h"
#include "core/size_classes.h"

namespace hakmem {
namespace {

using Kind = Block::Kind;

char* New(size_t size) { return static_cast<char*>(Allocate(size)); }

// A block of class `c`. (The header variant's last tiny class holds more than a tiny request.)
char* NewOfClass(SizeClass c) {
  return New(c < kTinyEnd ? std::min(UsableBytes(c), kMaxTinyRequest) : UsableBytes(c));
}

void ExpectInvalid(const void* p, std::string_view reason, std::string_view box) {
  const Block block = FindBlock(p);
  EXPECT_EQ(block.kind, Kind::kInvalid) << p;
  EXPECT_EQ(block.usable, 0u);
  EXPECT_NE(block.reason.find(reason), std::string_view::npos) << block.reason;
  EXPECT_EQ(block.box, box);
}

TEST(BlockTest, FindsBlocksOfEveryClass) {
  for (SizeClass c = 1; c < kNumClasses; ++c) {
    char* const p = NewOfClass(c);
    const Block block = FindBlock(p);
    EXPECT_EQ(block.kind, Kind::kSlab);
    EXPECT_EQ(block.size_class, c);
    EXPECT_EQ(block.start, p);
    EXPECT_EQ(block.usable, UsableBytes(c));
    Free(p);
    EXPECT_EQ(FindBlock(p).kind, Kind::kSlab) << "whether it is live can't be seen";
  }
}

TEST(BlockTest, RefusesThePlacesInsideABlock) {
  for (SizeClass c = 1; c < kNumClasses; ++c) {
    char* const p = NewOfClass(c);
    for (size_t i = 1; i < kGeometry[c].stride; i += c < kTinyEnd ? 1 : 97) {
      ExpectInvalid(p + i, "inside a block", c < kTinyEnd ? "tiny" : "mid");
    }
    Free(p);
  }
}

TEST(BlockTest, FindsRuns) {
  for (size_t size = kMaxMidRequest + 1; size < 12'000'000; size *= 2) {
    char* const p = New(size);
    const Block block = FindBlock(p);
    ASSERT_EQ(block.kind, Kind::kRun);
    EXPECT_EQ(block.unit, process.superslabs.map().UnitOf(p));
    EXPECT_EQ(block.start, p);
    EXPECT_GE(block.usable, size);
    ExpectInvalid(p + 1, "inside a block", "l25");
    ExpectInvalid(p + 16, "inside a block", "l25");
    if (block.usable > kUnitBytes) {
      ExpectInvalid(process.superslabs.map().UnitStart(block.unit + 1), "no block starts there",
                    "l25");
    }
    Free(p);
    ExpectInvalid(p, "freed already", "l25");
  }
}

TEST(BlockTest, RefusesForeignPointersWithoutTouchingThem) {
  Free(New(1));
  int on_stack = 0;
  static int global;
  const uintptr_t addresses[] = {0, 1, 16, 0xDEADBEEF, kUnitBytes, UINTPTR_MAX, UINTPTR_MAX / 2};
  for (const uintptr_t address : addresses) {
    ExpectInvalid(reinterpret_cast<const void*>(address), "not hakmem's memory", "superslab");
  }
  ExpectInvalid(&on_stack, "not hakmem's memory", "superslab");
  ExpectInvalid(&global, "not hakmem's memory", "superslab");
  const RegionMap& map = process.superslabs.map();
  ExpectInvalid(map.UnitStart(0) - 16, "not hakmem's memory", "superslab");
  ExpectInvalid(map.UnitStart(map.units()) + 16, "not hakmem's memory", "superslab");
}

// In the header variant an aligned block lies inside a larger one; in the map variant it is one.
TEST(BlockTest, FindsAlignedBlocks) {
  for (size_t alignment = 32; alignment <= (size_t{8} << 20); alignment *= 2) {
    for (const size_t size : {size_t{0}, size_t{1}, size_t{100}, size_t{5000}, size_t{70'000}}) {
      std::vector<char*> blocks;
      for (int i = 0; i < 3; ++i) {
        char* const p = static_cast<char*>(AllocateAligned(alignment, size));
        ASSERT_NE(p, nullptr);
        const Block block = FindBlock(p);
        ASSERT_NE(block.kind, Kind::kInvalid) << alignment << ", " << size << block.reason;
        ASSERT_GE(block.usable, size);
        ASSERT_LE(block.start, p);
        const Block whole = FindBlock(block.start);
        ASSERT_EQ(whole.kind, block.kind);
        ASSERT_EQ(block.start + whole.usable, p + block.usable) << "both end where the block ends";
        ASSERT_TRUE(config::kHeader || block.start == p);
        blocks.push_back(p);
      }
      for (char* p : blocks) Free(p);
    }
  }
}

}  // namespace
}  // namespace hakmem
