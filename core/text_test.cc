#include "core/text.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

namespace hakmem {
namespace {

TEST(TextWriterTest, WritesTextAndNumbers) {
  char buffer[100];
  TextWriter out(buffer, sizeof(buffer));
  out << "n=" << uint64_t{0} << ", " << UINT64_MAX << std::string_view(" and more", 4);
  EXPECT_STREQ(buffer, "n=0, 18446744073709551615 and");
  EXPECT_EQ(out.text(), buffer);
  EXPECT_EQ(out.length(), std::strlen(buffer));
}

TEST(TextWriterTest, WritesPointersInLowerCaseHexadecimal) {
  char buffer[100];
  TextWriter out(buffer, sizeof(buffer));
  out << reinterpret_cast<const void*>(uintptr_t{0x7fABCDEF0123}) << " "
      << reinterpret_cast<const void*>(UINTPTR_MAX) << " " << static_cast<const void*>(nullptr);
  EXPECT_EQ(out.text(), "0x7fabcdef0123 0xffffffffffffffff 0x0");
}

TEST(TextWriterTest, AlignsToTheRight) {
  char buffer[100];
  TextWriter out(buffer, sizeof(buffer));
  out.Aligned(7, 4) << "|";
  out.Aligned(12345, 4) << "|";
  out.Aligned(1234, 4);
  EXPECT_EQ(out.text(), "   7|12345|1234");
}

TEST(TextWriterTest, AlignsWordsToTheRight) {
  char buffer[100];
  TextWriter out(buffer, sizeof(buffer));
  out.Aligned("ab", 4).Aligned("abcdef", 4) << "|";
  EXPECT_EQ(out.text(), "  ababcdef|");
}

TEST(TextWriterTest, WritesSharesAsPercent) {
  char buffer[100];
  TextWriter out(buffer, sizeof(buffer));
  out.Percent(1, 3, 8).Percent(1, 1, 8).Percent(1, 2000, 8).Percent(0, 0, 8).Percent(5, 1, 2);
  EXPECT_EQ(out.text(), "  33.33% 100.00%   0.05%   0.00%500.00%");
}

TEST(TextWriterTest, EmptyUntilSomethingIsWritten) {
  char buffer[4] = "xyz";
  const TextWriter out(buffer, sizeof(buffer));
  EXPECT_STREQ(buffer, "");
  EXPECT_EQ(out.length(), 0u);
  EXPECT_TRUE(out.text().empty());
}

// As snprintf: cut at every capacity, always terminated, the length of the whole text.
TEST(TextWriterTest, CutsAsSnprintfDoes) {
  char expected[40];
  const int length = std::snprintf(expected, sizeof(expected), "ab%ucd%7uef", 123456u, 42u);
  for (size_t capacity = 0; capacity < sizeof(expected); ++capacity) {
    char buffer[sizeof(expected) + 1];
    std::memset(buffer, '#', sizeof(buffer));
    TextWriter out(buffer, capacity);
    out << "ab" << uint64_t{123456} << "cd";
    out.Aligned(42, 7) << "ef";
    EXPECT_EQ(out.length(), static_cast<size_t>(length)) << "capacity " << capacity;
    EXPECT_EQ(buffer[capacity], '#') << "capacity " << capacity;
    if (capacity == 0) {
      EXPECT_TRUE(out.text().empty());
      continue;
    }
    EXPECT_EQ(std::string(buffer), std::string(expected).substr(0, capacity - 1));
    EXPECT_EQ(out.text(), buffer);
  }
}

}  // namespace
}  // namespace hakmem
