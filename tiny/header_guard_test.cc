#include "tiny/header_guard.h"

#include <errno.h>
#include <gtest/gtest.h>

#include <atomic>

#include "core/config.h"
#include "core/platform.h"

namespace hakmem {
namespace {

using config::HeaderGuard;

bool Ask(HeaderGuard guard, const RegionMap& map, const void* p) {
  switch (guard) {
    case HeaderGuard::kRange:
      return MayReadHeader<HeaderGuard::kRange>(map, p);
    case HeaderGuard::kHybrid:
      return MayReadHeader<HeaderGuard::kHybrid>(map, p);
    case HeaderGuard::kMincore:
      return MayReadHeader<HeaderGuard::kMincore>(map, p);
  }
  return false;
}

// A range of two units with a hole of one unit before and after it.
class HeaderGuardTest : public testing::TestWithParam<HeaderGuard> {
 protected:
  void SetUp() override {
    whole_ = static_cast<char*>(platform::Reserve(kWhole));
    ASSERT_NE(whole_, nullptr);
    base_ = reinterpret_cast<char*>(
        RoundUp(reinterpret_cast<uintptr_t>(whole_) + kUnitBytes, kUnitBytes));
    platform::Unmap(whole_, kWhole);
    ASSERT_EQ(platform::MapAt(base_, 2 * kUnitBytes), platform::MapResult::kMapped);
    map_.Init(reinterpret_cast<uintptr_t>(base_), bytes_);
    map_.SetUnits(2, true);
    errno = EDOM;
  }
  void TearDown() override {
    EXPECT_EQ(errno, EDOM);
    platform::Unmap(base_, 2 * kUnitBytes);
  }
  bool May(const char* p) const { return Ask(GetParam(), map_, p); }

  static constexpr size_t kWhole = 6 * kUnitBytes;
  char* whole_ = nullptr;
  char* base_ = nullptr;
  RegionMap map_;
  std::atomic<uint8_t> bytes_[2] = {};
};

INSTANTIATE_TEST_SUITE_P(Guards, HeaderGuardTest,
                         testing::Values(HeaderGuard::kRange, HeaderGuard::kHybrid,
                                         HeaderGuard::kMincore));

TEST_P(HeaderGuardTest, AllowsWhatLiesInTheRange) {
  for (size_t i = 16; i < 2 * kUnitBytes; i += 16) {
    ASSERT_TRUE(May(base_ + i)) << "offset " << i;
    // Whoever is allowed reads: this must not fault.
    ASSERT_EQ(static_cast<volatile char*>(base_ + i)[-1], 0);
  }
  EXPECT_TRUE(May(base_ + 1));
  EXPECT_TRUE(May(base_ + kPageBytes));
  EXPECT_TRUE(May(base_ + kUnitBytes));
}

TEST_P(HeaderGuardTest, RefusesTheStartOfTheRangeAfterAnUnmappedPage) { EXPECT_FALSE(May(base_)); }

TEST_P(HeaderGuardTest, RefusesForeignPointers) {
  char on_stack[64] = {};
  static char global[2 * kPageBytes];
  EXPECT_FALSE(May(on_stack + 16));
  for (size_t i = 1; i <= kPageBytes; ++i) ASSERT_FALSE(May(global + i));
  EXPECT_FALSE(May(nullptr));
  EXPECT_FALSE(May(reinterpret_cast<const char*>(uintptr_t{16})));
  EXPECT_FALSE(May(base_ + 2 * kUnitBytes + 16));
  // A foreign page with nothing mapped before it.
  char* const pages = static_cast<char*>(platform::Map(2 * kPageBytes));
  ASSERT_NE(pages, nullptr);
  platform::Unmap(pages, kPageBytes);
  EXPECT_FALSE(May(pages + kPageBytes));
  EXPECT_FALSE(May(pages + kPageBytes + 16));
  platform::Unmap(pages + kPageBytes, kPageBytes);
}

TEST_P(HeaderGuardTest, RefusesAllWhereTheRangeMayHaveHoles) {
  map_.SetUnits(2, false);
  for (size_t i = 0; i < 2 * kUnitBytes; i += 16) ASSERT_FALSE(May(base_ + i));
}

TEST(IsNearPageStartTest, IsTrueWhereTheHeaderLiesOnThePageBefore) {
  for (uintptr_t p = 7 * kPageBytes; p < 8 * kPageBytes; ++p) {
    ASSERT_EQ(IsNearPageStart(p, 1), (p - 1) / kPageBytes != p / kPageBytes);
    ASSERT_EQ(IsNearPageStart(p, 16), (p - 16) / kPageBytes != p / kPageBytes);
  }
}

}  // namespace
}  // namespace hakmem
