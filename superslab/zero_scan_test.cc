#include "superslab/zero_scan.h"

#include <gtest/gtest.h>

namespace hakmem {
namespace {

TEST(ZeroScanTest, LooksAsLongAsItFinds) {
  ZeroScan scan;
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(scan.Looks());
    scan.Found(ZeroScan::kFew, 64);
  }
}

TEST(ZeroScanTest, LooksSeldomWhereThereIsLittle) {
  ZeroScan scan;
  for (const size_t zero : {ZeroScan::kFew - 1, size_t{0}}) {
    EXPECT_TRUE(scan.Looks());
    scan.Found(zero, 64);
    for (int i = 0; i < ZeroScan::kSkips; ++i) EXPECT_FALSE(scan.Looks());
  }
  EXPECT_TRUE(scan.Looks());
}

}  // namespace
}  // namespace hakmem
