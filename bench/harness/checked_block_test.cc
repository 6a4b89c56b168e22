#include "bench/harness/checked_block.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace hakmem::bench {
namespace {

TEST(CheckedBlockTest, IsIntactUntilAByteChanges) {
  for (const size_t size : {size_t{1}, size_t{8}, size_t{17}, size_t{4096}}) {
    Expected expected = {};
    char* block = NewBlock<true>(size, 7, &expected);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(expected.size, size);
    EXPECT_TRUE(IsIntact(block, expected));
    block[size - 1] = static_cast<char>(block[size - 1] + 1);
    EXPECT_FALSE(IsIntact(block, expected)) << size << " bytes";
    free(block);
  }
}

TEST(CheckedBlockTest, WithoutSelfCheckBothEndsAreWritten) {
  char* block = NewBlock<false>(100, 0, nullptr);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(block[0], 'a');
  EXPECT_EQ(block[99], 'b');
  free(block);
}

}  // namespace
}  // namespace hakmem::bench
