// Runs the micro_mincore worker for real, in a process of its own, under the system's allocator,
// for so short a time that no cycle means anything. Shares do not depend on time.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/harness/comparison.h"
#include "bench/harness/micro_report.h"
#include "bench/harness/peers.h"
#include "bench/harness/runfiles.h"
#include "bench/micro_mincore_ways.h"

namespace hakmem::bench {
namespace {

std::string worker;  // path, set by main

absl::StatusOr<Metrics> RunWorker(const std::vector<std::string>& arguments) {
  return RunTrial(worker, {.title = "test", .arguments = arguments}, SystemAllocator());
}

TEST(MicroMincoreWorkerTest, MeasuresEveryWay) {
  const auto metrics = RunWorker({"20000", "--benchmark_min_time=0.000001"});
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  for (const Way& way : kWays) {
    EXPECT_FALSE(std::isnan(MicroCounter(*metrics, "cycles", way.name))) << way.name;
  }
  EXPECT_EQ(MicroCounter(*metrics, kAsked, "mincore"), 100);
  EXPECT_EQ(MicroCounter(*metrics, kAsked, "boundary"), 100);
  EXPECT_EQ(MicroCounter(*metrics, kAsked, "boundary_mincore"), 100);
  EXPECT_EQ(MicroCounter(*metrics, kAsked, "range"), 0);
  const double hybrid1 = MicroCounter(*metrics, kAsked, "hybrid1");
  EXPECT_LE(hybrid1, MicroCounter(*metrics, kAsked, "hybrid16"));
  EXPECT_LT(hybrid1, 50) << "most blocks do not start a page";
}

TEST(MicroMincoreWorkerTest, RefusesWrongArguments) {
  EXPECT_EQ(RunWorker({}).status().message(), "exit status 2");
  EXPECT_EQ(RunWorker({"many"}).status().message(), "exit status 2");
  EXPECT_EQ(RunWorker({"1000", "surplus"}).status().message(), "exit status 2");
}

}  // namespace
}  // namespace hakmem::bench

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  hakmem::bench::worker = hakmem::bench::FindRunfile(hakmem::bench::RunfilesRoots(argv[0]),
                                                     "bench/micro_mincore_worker");
  return RUN_ALL_TESTS();
}
