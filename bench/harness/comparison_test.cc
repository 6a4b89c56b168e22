#include "bench/harness/comparison.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace hakmem::bench {
namespace {

constexpr char kGoodReport[] = "operations=8 seconds=2 threads=1 malloc_library=/lib/libx.so";

Comparison TwoByTwo(size_t rounds) {
  return {.worker = "",
          .workloads = {{.title = "w0", .arguments = {}}, {.title = "w1", .arguments = {}}},
          .allocators = {{.key = "a", .title = "a0", .library = ""},
                         {.key = "b", .title = "a1", .library = ""}},
          .rounds = rounds};
}

// A worker that reports `text`.
Workload Reporting(const std::string& text) {
  return {.title = "shell", .arguments = {"-c", "echo '" + text + "' >&3"}};
}

TEST(RunComparisonTest, FillsEveryCellInInterleavedOrder) {
  std::vector<std::string> order;
  std::ostringstream progress;
  const ResultGrid grid = RunComparison(
      TwoByTwo(2),
      [&order](const Workload& workload, const Allocator& allocator) {
        order.push_back(workload.title + allocator.title);
        return ParseReport(kGoodReport);
      },
      /*terminal=*/false, progress);
  EXPECT_EQ(order, (std::vector<std::string>{"w0a0", "w0a1", "w1a1", "w1a0", "w0a1", "w0a0", "w1a0",
                                             "w1a1"}));
  for (const auto& cells : grid) {
    for (const Cell& cell : cells) EXPECT_EQ(cell.rounds.size(), 2u);
  }
  EXPECT_FALSE(AnyFailed(grid));
  EXPECT_NE(progress.str().find("w1, a1"), std::string::npos);
}

TEST(RunComparisonTest, AFailureEndsItsCellOnly) {
  int calls = 0;
  std::ostringstream progress;
  const ResultGrid grid = RunComparison(
      TwoByTwo(3),
      [&calls](const Workload& workload, const Allocator& allocator) -> absl::StatusOr<Metrics> {
        ++calls;
        if (workload.title == "w1" && allocator.title == "a0") {
          return absl::InternalError("signal 11");
        }
        return ParseReport(kGoodReport);
      },
      /*terminal=*/true, progress);
  EXPECT_EQ(calls, 3 * 3 + 1);
  EXPECT_TRUE(AnyFailed(grid));
  EXPECT_EQ(grid[1][0].failure, "signal 11");
  EXPECT_TRUE(grid[1][0].rounds.empty());
  EXPECT_EQ(grid[1][1].rounds.size(), 3u);
}

TEST(RunTrialTest, ReadsTheWorkersReport) {
  const auto metrics = RunTrial("/bin/sh", Reporting(kGoodReport), SystemAllocator());
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  EXPECT_EQ(metrics->Get("operations"), 8);
}

TEST(RunTrialTest, APreloadWithoutEffectIsAnError) {
  // A file that exists, but that the report does not name. The dynamic linker ignores it.
  const Allocator allocator = {.key = "x", .title = "x", .library = "/dev/null"};
  const auto metrics = RunTrial("/bin/sh", Reporting(kGoodReport), allocator);
  ASSERT_FALSE(metrics.ok());
  EXPECT_NE(metrics.status().message().find("/lib/libx.so"), absl::string_view::npos);
}

}  // namespace
}  // namespace hakmem::bench
