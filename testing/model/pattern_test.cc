#include "testing/model/pattern.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace hakmem::model {
namespace {

TEST(PatternTest, EveryByteOfASmallBlockIsWrittenAndCompared) {
  for (size_t size = 0; size < 100; ++size) {
    std::vector<char> bytes(size + 1, 'x');
    FillPattern(bytes.data(), size, 7);
    EXPECT_EQ('x', bytes[size]) << "written beyond the end";
    EXPECT_EQ(kNoOffset, FindPatternDefect(bytes.data(), size, 7, size));
    for (size_t offset = 0; offset < size; ++offset) {
      bytes[offset] ^= 1;
      EXPECT_EQ(offset, FindPatternDefect(bytes.data(), size, 7, size));
      EXPECT_EQ(kNoOffset, FindPatternDefect(bytes.data(), size, 7, offset)) << "beyond the limit";
      bytes[offset] ^= 1;
    }
  }
}

TEST(PatternTest, TheEndsOfALargeBlockAreWritten) {
  for (const size_t size : {kWholeLimit + 1, kSometimesWholeLimit + 3, size_t{9'999'999}}) {
    std::vector<char> bytes(size, 0);
    FillPattern(bytes.data(), size, 1);
    EXPECT_EQ(kNoOffset, FindPatternDefect(bytes.data(), size, 1, size));
    for (const size_t offset : {size_t{0}, size_t{200}, size_t{4096}, kWholeLimit, size - 1}) {
      bytes[offset] ^= 0x10;
      EXPECT_EQ(offset, FindPatternDefect(bytes.data(), size, 1, size));
      bytes[offset] ^= 0x10;
    }
  }
}

TEST(PatternTest, BlocksDifferByTheirId) {
  std::vector<char> bytes(4096);
  FillPattern(bytes.data(), bytes.size(), 1);
  EXPECT_EQ(0U, FindPatternDefect(bytes.data(), bytes.size(), 2, bytes.size()));
  EXPECT_EQ(static_cast<uint8_t>(bytes[100]), PatternByte(1, 100));
}

TEST(PatternTest, ANonZeroByteIsFound) {
  std::vector<char> bytes(1 << 20, 0);
  EXPECT_EQ(kNoOffset, FindNonZero(bytes.data(), bytes.size(), 1));
  for (const size_t offset : {size_t{0}, size_t{77'777}, bytes.size() - 1}) {
    bytes[offset] = 1;
    EXPECT_EQ(offset, FindNonZero(bytes.data(), bytes.size(), 1));
    bytes[offset] = 0;
  }
}

TEST(PatternTest, AllOfAPatternIsNonZeroForFindNonZero) {
  std::vector<char> bytes(30'000'000, 0);
  FillPattern(bytes.data(), bytes.size(), 5);
  EXPECT_EQ(0U, FindNonZero(bytes.data(), bytes.size(), 5));
  std::memset(bytes.data(), 0, bytes.size() - 100);
  EXPECT_EQ(bytes.size() - 100, FindNonZero(bytes.data(), bytes.size(), 5));
}

TEST(PatternTest, LargeBlocksAreTouchedInFewPlaces) {
  EXPECT_EQ(1000U, TouchedBytes(1000, 1));
  EXPECT_EQ(kWholeLimit * 4, TouchedBytes(kWholeLimit * 4, 1));
  EXPECT_LE(TouchedBytes(size_t{1} << 30, 1), size_t{24} << 20);
}

}  // namespace
}  // namespace hakmem::model
