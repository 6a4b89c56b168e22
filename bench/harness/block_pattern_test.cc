#include "bench/harness/block_pattern.h"

#include <gtest/gtest.h>

#include <cstring>

namespace hakmem::bench {
namespace {

TEST(BlockPatternTest, FilledBlockPasses) {
  alignas(16) char block[100];
  for (size_t size = 1; size <= sizeof(block); ++size) {
    FillBlock(block, size, 0x12345678u * static_cast<uint32_t>(size));
    EXPECT_TRUE(CheckBlock(block, size, 0x12345678u * static_cast<uint32_t>(size))) << size;
  }
}

TEST(BlockPatternTest, FillStaysInsideTheBlock) {
  alignas(16) char block[33];
  memset(block, 'x', sizeof(block));
  FillBlock(block, 32, 7);
  EXPECT_EQ(block[32], 'x');
}

TEST(BlockPatternTest, EveryChangedByteIsSeen) {
  alignas(16) char block[64];
  FillBlock(block, sizeof(block), 99);
  for (char& byte : block) {
    ++byte;
    EXPECT_FALSE(CheckBlock(block, sizeof(block), 99));
    --byte;
  }
  EXPECT_TRUE(CheckBlock(block, sizeof(block), 99));
}

TEST(BlockPatternTest, AnotherTagIsSeen) {
  alignas(16) char block[16];
  FillBlock(block, sizeof(block), 1);
  EXPECT_FALSE(CheckBlock(block, sizeof(block), 2));
}

TEST(BlockPatternTest, AlignmentIsSeen) {
  alignas(16) char block[64];
  FillBlock(block + 8, 8, 5);
  EXPECT_TRUE(CheckBlock(block + 8, 8, 5)) << "8 bytes need an alignment of 8 only";
  FillBlock(block + 8, 9, 5);
  EXPECT_FALSE(CheckBlock(block + 8, 9, 5));
  FillBlock(block + 4, 1, 5);
  EXPECT_FALSE(CheckBlock(block + 4, 1, 5));
}

}  // namespace
}  // namespace hakmem::bench
