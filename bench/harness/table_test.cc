#include "bench/harness/table.h"

#include <gtest/gtest.h>

namespace hakmem::bench {
namespace {

TEST(TableTest, AlignsColumnsToTheWidestCell) {
  Table table({{"allocator", Table::Align::kLeft}, {"M ops/s"}});
  table.AddRow({"a", "1.5"});
  table.AddRow({"a longer name", "1234567.8"});
  EXPECT_EQ(table.ToString(),
            "allocator        M ops/s\n"
            "-------------  ---------\n"
            "a                    1.5\n"
            "a longer name  1234567.8\n");
}

TEST(TableTest, MissingCellsAreEmptyAndLinesHaveNoTrailingSpaces) {
  Table table({{"x", Table::Align::kLeft}, {"y", Table::Align::kLeft}, {"z"}});
  table.AddRow({"1"});
  table.AddRow({});
  EXPECT_EQ(table.ToString(), "x  y  z\n-  -  -\n1\n\n");
}

TEST(TableTest, HeaderStandsWithoutRows) { EXPECT_EQ(Table({{"MiB"}}).ToString(), "MiB\n---\n"); }

TEST(TableDeathTest, RefusesMoreCellsThanColumns) {
  Table table({{"x"}});
  EXPECT_DEATH(table.AddRow({"1", "2"}), "");
}

}  // namespace
}  // namespace hakmem::bench
