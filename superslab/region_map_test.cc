#include "superslab/region_map.h"

#include <gtest/gtest.h>

#include <atomic>

namespace hakmem {
namespace {

constexpr size_t kUnits = 10;
constexpr uintptr_t kBase = uintptr_t{0x100} << 22;

const void* At(uintptr_t address) { return reinterpret_cast<const void*>(address); }

class RegionMapTest : public testing::Test {
 protected:
  void SetUp() override {
    map_.Init(kBase, bytes_);
    map_.SetUnits(kUnits, true);
  }

  RegionMap map_;
  std::atomic<uint8_t> bytes_[kUnits] = {};
};

TEST_F(RegionMapTest, NothingIsInRangeBeforeInit) {
  static constinit RegionMap map;
  for (const uintptr_t p : {uintptr_t{0}, uintptr_t{1}, kBase, UINTPTR_MAX}) {
    EXPECT_FALSE(map.Contains(At(p)));
    EXPECT_FALSE(map.MayReadBefore(At(p)));
    EXPECT_EQ(map.Lookup(At(p)), kNoClass);
  }
}

TEST_F(RegionMapTest, NumbersUnitsFromTheBase) {
  for (size_t u = 0; u < kUnits; ++u) {
    const uintptr_t start = kBase + u * kUnitBytes;
    EXPECT_EQ(map_.UnitStart(u), At(start));
    EXPECT_EQ(map_.UnitOf(At(start)), u);
    EXPECT_EQ(map_.UnitOf(At(start + kUnitBytes - 1)), u);
  }
}

TEST_F(RegionMapTest, ContainsItsRangeAlone) {
  const uintptr_t end = kBase + kUnits * kUnitBytes;
  EXPECT_TRUE(map_.Contains(At(kBase)));
  EXPECT_TRUE(map_.Contains(At(end - 1)));
  for (const uintptr_t p : {uintptr_t{0}, uintptr_t{1}, kBase - 1, end, UINTPTR_MAX}) {
    EXPECT_FALSE(map_.Contains(At(p))) << std::hex << p;
    EXPECT_EQ(map_.Lookup(At(p)), kNoClass) << std::hex << p;
  }
}

TEST_F(RegionMapTest, LooksUpWhatWasSetForTheWholeUnit) {
  map_.Set(3, 7);
  map_.Set(4, RegionMap::kRun);
  map_.Set(kUnits - 1, 5);
  const uintptr_t start = kBase + 3 * kUnitBytes;
  EXPECT_EQ(map_.Lookup(At(start - 1)), kNoClass);
  EXPECT_EQ(map_.Lookup(At(start)), 7);
  EXPECT_EQ(map_.Lookup(At(start + kUnitBytes - 1)), 7);
  EXPECT_EQ(map_.Lookup(At(start + kUnitBytes)), RegionMap::kRun);
  EXPECT_EQ(map_.Lookup(At(kBase + kUnits * kUnitBytes - 1)), 5);
  EXPECT_EQ(map_.Get(3), 7);
  map_.Set(3, kNoClass);
  EXPECT_EQ(map_.Lookup(At(start)), kNoClass);
}

// A run's byte must not be taken for a class by the hit path of free.
TEST_F(RegionMapTest, ARunIsNoClass) {
  EXPECT_GE(RegionMap::kRun, kNumClasses);
  for (uint32_t offset = 0; offset < kUnitBytes; ++offset) {
    ASSERT_FALSE(IsBlockOffset(RegionMap::kRun, offset));
  }
}

TEST_F(RegionMapTest, TheByteBeforeAPointerMustBeInRangeItself) {
  const uintptr_t end = kBase + kUnits * kUnitBytes;
  EXPECT_FALSE(map_.MayReadBefore(At(kBase)));
  EXPECT_TRUE(map_.MayReadBefore(At(kBase + 1)));
  EXPECT_TRUE(map_.MayReadBefore(At(end)));
  EXPECT_FALSE(map_.MayReadBefore(At(end + 1)));
  EXPECT_FALSE(map_.MayReadBefore(nullptr));
}

TEST_F(RegionMapTest, WithHolesNoByteMayBeRead) {
  map_.SetUnits(kUnits, false);
  EXPECT_TRUE(map_.Contains(At(kBase + 1)));
  EXPECT_FALSE(map_.MayReadBefore(At(kBase + 1)));
}

TEST_F(RegionMapTest, Grows) {
  map_.SetUnits(1, true);
  EXPECT_FALSE(map_.Contains(At(kBase + kUnitBytes)));
  map_.SetUnits(2, true);
  EXPECT_TRUE(map_.Contains(At(kBase + kUnitBytes)));
  EXPECT_EQ(map_.units(), 2u);
  EXPECT_EQ(map_.base(), kBase);
}

}  // namespace
}  // namespace hakmem
