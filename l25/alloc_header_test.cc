#include "l25/alloc_header.h"

#include <gtest/gtest.h>

#include <cstring>

namespace hakmem {
namespace {

class AllocHeaderTest : public testing::Test {
 protected:
  alignas(16) char bytes_[48] = {};
  char* const p_ = bytes_ + 32;
};

TEST_F(AllocHeaderTest, ReadsBackWhatItWrote) {
  for (const auto method : {AllocHeader::Method::kRun, AllocHeader::Method::kAligned}) {
    for (const uint64_t value : {uint64_t{0}, uint64_t{4096}, UINT64_MAX}) {
      AllocHeader::Write(p_, method, value);
      AllocHeader header;
      ASSERT_TRUE(header.Read(p_));
      EXPECT_EQ(header.value, value);
      EXPECT_EQ(header.method, method);
    }
  }
}

TEST_F(AllocHeaderTest, WritesItsSixteenBytesOnly) {
  std::memset(bytes_, 'x', sizeof(bytes_));
  AllocHeader::Write(p_, AllocHeader::Method::kRun, 1);
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(bytes_[i], 'x');
    EXPECT_EQ(p_[i], 'x');
  }
}

TEST_F(AllocHeaderTest, ItsMarkIsNoRegionHeader) {
  AllocHeader::Write(p_, AllocHeader::Method::kRun, 1);
  EXPECT_EQ(ReadRegionHeader(p_), kNoClass);
}

TEST_F(AllocHeaderTest, RefusesWhatIsNone) {
  AllocHeader header;
  EXPECT_FALSE(header.Read(p_));
  for (const int offset : {-1, -8, -5}) {  // the mark, and both ends of the magic
    AllocHeader::Write(p_, AllocHeader::Method::kRun, 1);
    p_[offset] ^= 1;
    EXPECT_FALSE(header.Read(p_)) << offset;
  }
}

}  // namespace
}  // namespace hakmem
