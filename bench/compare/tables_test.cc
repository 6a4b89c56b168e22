#include "bench/compare/tables.h"

#include <gtest/gtest.h>

#include "bench/compare/test_results.h"

namespace hakmem::bench {
namespace {

Results ThreeRows() {
  Results results = TestResults();
  results.rows = {TestRow("even", {{1, 1.02, 1.01}, {1}, {1, 1, 1}}),
                  TestRow("slow", {{3, 3, 3}, {3}, {2, 2, 2}}), TestRow("broken", {{1}, {1}, {}})};
  results.rows[2].cells[2].failure = "exit status 9";
  return results;
}

TEST(FormatRatioTest, HasTwoDecimals) {
  EXPECT_EQ(FormatRatio(1.005001), "1.01");
  EXPECT_EQ(FormatRatio(std::nullopt), "-");
}

TEST(FormatRowTest, ShowsMediansRangesAndRatios) {
  const Results results = ThreeRows();
  EXPECT_EQ(FormatRow(results, results.rows[0]),
            "even: about even (MiB: peak RSS)\n"
            "allocator        time s      min..max  vs best   MiB  vs least\n"
            "---------------  ------  ------------  -------  ----  --------\n"
            "hakmem (map)      1.010  1.000..1.020     1.01  10.1      1.01\n"
            "hakmem (header)   1.000  1.000..1.000     1.00  10.0      1.00\n"
            "system            1.000  1.000..1.000     1.00  10.0      1.00\n");
}

TEST(FormatRowTest, SaysWhatFailed) {
  const Results results = ThreeRows();
  EXPECT_NE(FormatRow(results, results.rows[2]).find("Failed: system: exit status 9."),
            std::string::npos);
}

TEST(FormatRowTest, HasAColumnOnlyForFiguresThatThereAre) {
  Results results = ThreeRows();
  EXPECT_EQ(FormatRow(results, results.rows[0]).find("instr"), std::string::npos);
  results.rows[0].cells[1].rounds[0]["instructions"] = 5e6;
  EXPECT_NE(FormatRow(results, results.rows[0]).find("M instr."), std::string::npos);
}

TEST(FormatSummaryTest, MarksRowsBeyondTheLimits) {
  EXPECT_EQ(FormatSummary(ThreeRows()),
            "Geometric means over 3 rows of the ratio to the row's best:\n"
            "allocator        time  memory\n"
            "---------------  ----  ------\n"
            "hakmem (map)     1.15    1.15\n"
            "hakmem (header)  1.14    1.14\n"
            "system           1.00    1.00\n"
            "\n"
            "hakmem (map) against the best peer of each row; << marks time above 1.03 and memory "
            "above 1.10:\n"
            "row     time   min  +-%      best peer  memory   min  +-%      least peer\n"
            "------  ----  ----  ---  --  ---------  ------  ----  ---  --  ----------\n"
            "even    1.01  1.00    1      system       1.01  1.00    1      system\n"
            "slow    1.50  1.50    0  <<  system       1.50  1.50    0  <<  system\n"
            "broken     -                 -               -                 -\n");
}

}  // namespace
}  // namespace hakmem::bench
