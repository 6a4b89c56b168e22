#include "bench/harness/metrics.h"

#include <gtest/gtest.h>

namespace hakmem::bench {
namespace {

TEST(ParseReportTest, ReadsAllPairs) {
  const auto metrics = ParseReport(
      "operations=3000000 seconds=1.5 threads=2 user_seconds=1 system_seconds=0.5 "
      "peak_rss_kib=2048 handovers=7 "
      "malloc_library=/a dir/lib=x.so");
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  EXPECT_DOUBLE_EQ(metrics->MillionOpsPerSecond(), 2);
  EXPECT_DOUBLE_EQ(metrics->PeakRssMib(), 2);
  EXPECT_DOUBLE_EQ(metrics->CpuPercent(), 50);
  EXPECT_EQ(metrics->Get("handovers"), 7);
  EXPECT_EQ(metrics->Get("unheard_of"), 0);
  EXPECT_EQ(metrics->malloc_library, "/a dir/lib=x.so");
}

TEST(ParseReportTest, RefusesIncompleteReports) {
  for (const char* report : {
           "",
           "operations=1 seconds=1 threads=1",
           "seconds=1 threads=1 malloc_library=x",
           "operations=1 threads=1 malloc_library=x",
           "operations=1 seconds=1 malloc_library=x",
           "operations=1 seconds=0 threads=1 malloc_library=x",
           "operations=1 seconds=nan threads=1 malloc_library=x",
           "operations=one seconds=1 threads=1 malloc_library=x",
           "operations seconds=1 threads=1 malloc_library=x",
           "=1 operations=1 seconds=1 threads=1 malloc_library=x",
       }) {
    EXPECT_FALSE(ParseReport(report).ok()) << report;
  }
}

}  // namespace
}  // namespace hakmem::bench
