#include "superslab/region_header.h"

#include <gtest/gtest.h>

#include "core/config.h"

namespace hakmem {
namespace {

TEST(RegionHeaderTest, WritesTheClassInTheHeaderVariantAlone) {
  for (SizeClass c = 1; c < kNumClasses; ++c) {
    char bytes[3] = {'a', 'b', 'c'};
    WriteRegionHeader(bytes + 2, c);
    EXPECT_EQ(bytes[0], 'a');
    EXPECT_EQ(bytes[2], 'c');
    if (!config::kHeader) {
      EXPECT_EQ(bytes[1], 'b');
    } else {
      EXPECT_EQ(static_cast<uint8_t>(bytes[1]), 0x80 | c);
    }
  }
}

TEST(RegionHeaderTest, ReadsTheByteBefore) {
  for (int byte = 0; byte < 256; ++byte) {
    const char bytes[2] = {static_cast<char>(byte), 'x'};
    const int last = 0x80 + static_cast<int>(kNumClasses) - 1;
    const SizeClass expected = byte >= 0x80 && byte <= last ? byte - 0x80 : kNoClass;
    EXPECT_EQ(ReadRegionHeader(bytes + 1), expected) << "byte " << byte;
  }
}

TEST(RegionHeaderTest, ReadsBackWhatItWrote) {
  if (!config::kHeader) GTEST_SKIP() << "for the header variant";
  for (SizeClass c = 1; c < kNumClasses; ++c) {
    char bytes[2];
    WriteRegionHeader(bytes + 1, c);
    EXPECT_EQ(ReadRegionHeader(bytes + 1), c);
  }
}

}  // namespace
}  // namespace hakmem
