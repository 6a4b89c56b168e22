#include "bench/harness/number_arguments.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hakmem::bench {
namespace {

// What ParseNumbers says to `texts`, "" when it takes them as a (1 to 9) and b (0 to 2^64 - 1).
std::string Error(const std::vector<const char*>& texts, uint64_t* a, uint64_t* b) {
  const NumberArgument arguments[] = {{"a", 1, 9, a}, {"b", 0, UINT64_MAX, b}};
  ArgumentError error;
  return ParseNumbers(texts.data(), texts.size(), arguments, &error) ? "" : error.text;
}

std::string Error(const std::vector<const char*>& texts) {
  uint64_t a;
  uint64_t b;
  return Error(texts, &a, &b);
}

TEST(ParseUnsignedTest, TakesWholeDecimalNumbersOnly) {
  uint64_t value = 0;
  EXPECT_TRUE(ParseUnsigned("0", &value));
  EXPECT_TRUE(ParseUnsigned("18446744073709551615", &value));
  EXPECT_EQ(value, UINT64_MAX);
  for (const char* text :
       {"", "-1", "+1", " 1", "1 ", "1x", "0x1", "1.5", "18446744073709551616"}) {
    EXPECT_FALSE(ParseUnsigned(text, &value)) << text;
  }
}

TEST(ParseNumbersTest, ReadsEachIntoItsPlace) {
  uint64_t a = 0;
  uint64_t b = 7;
  EXPECT_EQ(Error({"9", "0"}, &a, &b), "");
  EXPECT_EQ(a, 9u);
  EXPECT_EQ(b, 0u);
}

TEST(ParseNumbersTest, LeavesWhatIsNotGiven) {
  uint64_t a = 0;
  uint64_t b = 7;
  EXPECT_EQ(Error({"1"}, &a, &b), "");
  EXPECT_EQ(Error({}, &a, &b), "");
  EXPECT_EQ(b, 7u);
}

TEST(ParseNumbersTest, SaysWhichOneIsWrong) {
  EXPECT_EQ(Error({"x"}), "a: not a whole number");
  EXPECT_EQ(Error({"1", "-1"}), "b: not a whole number");
  EXPECT_EQ(Error({"0"}), "a: must be from 1 to 9");
  EXPECT_EQ(Error({"10"}), "a: must be from 1 to 9");
}

}  // namespace
}  // namespace hakmem::bench
