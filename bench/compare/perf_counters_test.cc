#include "bench/compare/perf_counters.h"

#include <gtest/gtest.h>
#include <linux/perf_event.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hakmem::bench {
namespace {

TEST(PerfCountersTest, WhatCannotBeCountedIsLeftOut) {
  const PerfCounters counters({{"nonesuch", 0xffff, 0}}, getpid());
  EXPECT_TRUE(counters.Read().empty());
}

TEST(PerfCountersTest, CountsFromTheExecOn) {
  int gate[2];
  ASSERT_EQ(pipe(gate), 0);
  const pid_t child = fork();
  if (child == 0) {
    char opened;
    if (read(gate[0], &opened, 1) == 1) execl("/bin/true", "true", nullptr);
    _exit(1);
  }
  // A counter that needs no hardware. The kernel may still refuse it.
  const PerfCounters counters({{"faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS}}, child);
  EXPECT_EQ(write(gate[1], "", 1), 1);
  int status = 1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  const auto counts = counters.Read();
  if (counts.empty()) GTEST_SKIP() << "the kernel offers no counters here";
  EXPECT_GT(counts.at("faults"), 0);
}

TEST(HardwareEventsTest, AreThoseThatTheTablesShow) {
  ASSERT_EQ(HardwareEvents().size(), 2u);
  EXPECT_EQ(HardwareEvents()[0].name, "instructions");
  EXPECT_EQ(HardwareEvents()[1].name, "dtlb_misses");
}

}  // namespace
}  // namespace hakmem::bench
