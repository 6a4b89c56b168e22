#include "tools/trace/report.h"

#include <gtest/gtest.h>

#include "tools/trace/test_trace.h"

namespace hakmem::trace {
namespace {

TEST(ReportTest, FormatsTimesAndBytes) {
  EXPECT_EQ(FormatTime(0), "0 ns");
  EXPECT_EQ(FormatTime(999), "999 ns");
  EXPECT_EQ(FormatTime(1500), "1.50 us");
  EXPECT_EQ(FormatTime(20'000'000'000), "20.0 s");
  EXPECT_EQ(FormatTime(7'200'000'000'000), "7200 s");
  EXPECT_EQ(FormatBytes(1023), "1023 B");
  EXPECT_EQ(FormatBytes(1536), "1.50 KiB");
  EXPECT_EQ(FormatBytes(uint64_t{5} << 30), "5.00 GiB");
}

TEST(ReportTest, DrawsAChart) {
  EXPECT_EQ(FormatChart({0, 1024, 512, 100}, 4),
            "  1.00 KiB | #\n"
            "           | #\n"
            "           | ##\n"
            "           | ##\n"
            "         0 +----\n");
  EXPECT_EQ(FormatChart({0, 0}, 1), "       1 B |\n         0 +--\n");
}

TEST(ReportTest, TellsAllThereIs) {
  TestTrace t;
  t.Allocate(1, 0x100, 100).Allocate(2, 0x200, 1024, Call::kNew).Free(1, 0x100).Free(1, 0x999);
  const std::string report = FormatReport(t.trace(), Analyze(t.trace(), kChartColumns));
  for (const char* part :
       {"Trace of test, process 42: 4 events of 2 threads in 3.00 us.\n",
        "Calls: malloc 1, new 1, free 2.\n",
        "Older than the trace: the block of 1 frees and reallocs.\n",
        "Peak: 1.10 KiB in 2 blocks, 1.00 us after the first event.\n",
        "In blocks of the size classes, or whole pages, at most ", "together these are ",
        "Live at the end: 1.00 KiB in 1 block.\n", "median life", "2.00 us"}) {
    EXPECT_NE(report.find(part), std::string::npos) << part << "in\n" << report;
  }
}

TEST(ReportTest, AnEmptyTraceIsALine) {
  EXPECT_EQ(FormatReport({.program = "x", .process = 1, .events = {}}, Analyze({}, 1)),
            "Trace of x, process 1: 0 events of 0 threads in 0 ns.\n");
}

}  // namespace
}  // namespace hakmem::trace
