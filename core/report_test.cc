#include "core/report.h"

#include <errno.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace hakmem {
namespace {

const void* const kSomewhere = reinterpret_cast<const void*>(uintptr_t{0x12340});

TEST(LineTest, IsWrittenWhenItDies) {
  testing::internal::CaptureStderr();
  {
    Line line;
    line << "one " << uint64_t{2};
    line << " " << kSomewhere;
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "hakmem: one 2 0x12340\n");
}

TEST(LineTest, ALongLineIsCutAndStillEnds) {
  for (size_t length = 480; length < 540; ++length) {
    testing::internal::CaptureStderr();
    Line() << std::string(length, 'x');
    const std::string line = testing::internal::GetCapturedStderr();
    ASSERT_EQ(line.find('\n'), line.size() - 1) << "length " << length;
    ASSERT_LE(line.size(), 512u);
    ASSERT_EQ(line.find('x'), std::string("hakmem: ").size());
  }
}

TEST(ReportTest, ABadPointerEndsTheProgram) {
  EXPECT_DEATH(
      ReportBadPointer(OnError::kAbort, "free()", kSomewhere, "it is odd", "tiny"),
      "^hakmem: free\\(\\) of invalid pointer 0x12340: it is odd \\(refused by tiny\\)\n$");
}

TEST(ReportTest, ABadPointerIsOneLineWhenTheSettingSaysWarn) {
  errno = EDOM;
  testing::internal::CaptureStderr();
  ReportBadPointer(OnError::kWarn, "realloc()", kSomewhere, "why", "mid");
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "hakmem: realloc() of invalid pointer 0x12340: why (refused by mid)\n");
  EXPECT_EQ(errno, EDOM);
}

TEST(ReportTest, CorruptionEndsTheProgram) {
  EXPECT_DEATH(ReportCorruption("something broke", kSomewhere),
               "^hakmem: heap corruption at 0x12340: something broke\n$");
}

}  // namespace
}  // namespace hakmem
