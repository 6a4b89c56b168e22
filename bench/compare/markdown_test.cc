#include "bench/compare/markdown.h"

#include <gtest/gtest.h>

#include "bench/compare/test_results.h"

namespace hakmem::bench {
namespace {

TEST(FormatMarkdownTest, IsATableForEachMeasure) {
  Results results = TestResults();
  results.rows = {TestRow("even", {{1, 1.02, 1.01}, {1}, {1}}), TestRow("slow", {{3}, {3}, {2}}),
                  TestRow("broken", {{1}, {1}, {}})};
  results.rows[2].cells[2].failure = "exit status 9";
  EXPECT_EQ(FormatMarkdown(results),
            "2000-01-01, test machine, 3 rounds. Ratios of medians to the row's best.\n"
            "\n"
            "Time:\n"
            "\n"
            "| row | hakmem (map) | hakmem (header) | system |\n"
            "|---|---:|---:|---:|\n"
            "| even | 1.01 | 1.00 | 1.00 |\n"
            "| slow | 1.50 | 1.50 | 1.00 |\n"
            "| broken | 1.00 | 1.00 | - |\n"
            "| **geometric mean** | **1.15** | **1.14** | **1.00** |\n"
            "\n"
            "Memory:\n"
            "\n"
            "| row | hakmem (map) | hakmem (header) | system |\n"
            "|---|---:|---:|---:|\n"
            "| even | 1.01 | 1.00 | 1.00 |\n"
            "| slow | 1.50 | 1.50 | 1.00 |\n"
            "| broken | 1.00 | 1.00 | - |\n"
            "| **geometric mean** | **1.15** | **1.14** | **1.00** |\n");
}

}  // namespace
}  // namespace hakmem::bench
