#include "bench/harness/stats.h"

#include <gtest/gtest.h>

namespace hakmem::bench {
namespace {

TEST(SummarizeTest, NoValuesAreAllZero) {
  const Summary summary = Summarize({});
  EXPECT_EQ(summary.min, 0);
  EXPECT_EQ(summary.median, 0);
  EXPECT_EQ(summary.max, 0);
  EXPECT_EQ(summary.RelativeSpread(), 0);
}

TEST(SummarizeTest, OddCountTakesTheMiddleOfAnyOrder) {
  const Summary summary = Summarize({5, 1, 9});
  EXPECT_EQ(summary.min, 1);
  EXPECT_EQ(summary.median, 5);
  EXPECT_EQ(summary.max, 9);
}

TEST(SummarizeTest, EvenCountTakesTheMeanOfTheMiddleTwo) {
  const Summary summary = Summarize({4, 1, 2, 100});
  EXPECT_EQ(summary.median, 3);
  EXPECT_EQ(summary.max, 100);
}

TEST(SummarizeTest, SpreadIsRelativeToTheMedian) {
  EXPECT_DOUBLE_EQ(Summarize({90, 100, 110}).RelativeSpread(), 0.2);
  EXPECT_EQ(Summarize({7}).RelativeSpread(), 0);
}

}  // namespace
}  // namespace hakmem::bench
