#include "bench/harness/micro_report.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace hakmem::bench {
namespace {

const std::vector<Allocator> kAllocators = {{.key = "a", .title = "first", .library = ""},
                                            {.key = "b", .title = "second", .library = ""}};

Metrics WithPair(double cycles) {
  Metrics metrics;
  metrics.values = {{"cycles:pair", cycles}, {"counted:pair", 0}};
  return metrics;
}

std::vector<Cell> TwoCells() {
  return {{.rounds = {WithPair(9), WithPair(7), WithPair(8)}, .failure = ""},
          {.rounds = {WithPair(5)}, .failure = ""}};
}

TEST(MicroCounterTest, IsNaNWhereNothingWasReported) {
  EXPECT_EQ(MicroCounter(WithPair(3), "cycles", "pair"), 3);
  EXPECT_TRUE(std::isnan(MicroCounter(WithPair(3), "instructions", "pair")));
  EXPECT_TRUE(std::isnan(MicroCounter(WithPair(3), "cycles", "malloc")));
}

TEST(FormatMicroTableTest, ShowsMediansAndMarksTheLeast) {
  MicroTable table = {.title = "cycles", .rows = {CounterRow("a pair", "cycles", "pair")}};
  EXPECT_EQ(FormatMicroTable(table, kAllocators, TwoCells()),
            "cycles  first   second\n"
            "------  ------  -------\n"
            "a pair    8.0      5.0*\n");
  table.mark_least = false;
  EXPECT_EQ(FormatMicroTable(table, kAllocators, TwoCells()).find('*'), std::string::npos);
}

TEST(FormatMicroTableTest, LeavesOutWhatNobodyMeasured) {
  const MicroRow unknown = CounterRow("unknown", "cycles", "nothing");
  EXPECT_EQ(FormatMicroTable({.title = "cycles", .rows = {unknown}}, kAllocators, TwoCells()), "");
  const std::string text =
      FormatMicroTable({.title = "cycles", .rows = {unknown, CounterRow("pair", "cycles", "pair")}},
                       kAllocators, TwoCells());
  EXPECT_EQ(text.find("unknown"), std::string::npos) << text;
}

TEST(FormatMicroTableTest, AFailedCellHasNoFigures) {
  std::vector<Cell> cells = TwoCells();
  cells[1].failure = "signal 11";
  const std::string text = FormatMicroTable(
      {.title = "cycles", .rows = {CounterRow("pair", "cycles", "pair")}}, kAllocators, cells);
  EXPECT_NE(text.find("8.0*"), std::string::npos) << text;
  EXPECT_EQ(text.find("5.0"), std::string::npos) << text;
  EXPECT_EQ(FormatFailures(kAllocators, cells), "Failed: second: signal 11.\n");
}

TEST(DescribeCyclesTest, SaysWhichSourceItWas) {
  EXPECT_NE(DescribeCycles(TwoCells()).find("calibrated time"), std::string::npos);
  std::vector<Cell> counted = TwoCells();
  counted[0].rounds[0].values["counted:pair"] = 1;
  EXPECT_NE(DescribeCycles(counted).find("processor's own"), std::string::npos);
}

}  // namespace
}  // namespace hakmem::bench
