// Runs the micro_fastpath worker for real, in a process of its own, under the system's allocator,
// for so short a time that no figure means anything.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/harness/comparison.h"
#include "bench/harness/micro_report.h"
#include "bench/harness/peers.h"
#include "bench/harness/runfiles.h"
#include "bench/micro_fastpath_operations.h"

namespace hakmem::bench {
namespace {

std::string worker;  // path, set by main

absl::StatusOr<Metrics> RunWorker(const std::vector<std::string>& arguments) {
  return RunTrial(worker, {.title = "test", .arguments = arguments}, SystemAllocator());
}

TEST(MicroFastPathWorkerTest, MeasuresEveryOperation) {
  const auto metrics = RunWorker({"--benchmark_min_time=0.000001"});
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  std::vector<std::string> names = {kEmptyMalloc, kEmptyFree, kEmptyPair, kEmptyBatch};
  for (const char* operation : {kMalloc, kFree, kPair, kBatch}) {
    for (const size_t size : kFastPathSizes) {
      names.push_back(std::string(operation) + "/" + std::to_string(size));
    }
  }
  for (const SlowOperation& operation : kSlowOperations) names.emplace_back(operation.name);
  for (const std::string& name : names) {
    EXPECT_FALSE(std::isnan(MicroCounter(*metrics, "cycles", name))) << name;
  }
}

TEST(MicroFastPathWorkerTest, FiltersOperations) {
  const auto metrics = RunWorker({"--benchmark_min_time=0.000001", "--benchmark_filter=^pair/64$"});
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  EXPECT_FALSE(std::isnan(MicroCounter(*metrics, "cycles", "pair/64")));
  EXPECT_TRUE(std::isnan(MicroCounter(*metrics, "cycles", "pair/16")));
}

TEST(MicroFastPathWorkerTest, RefusesWrongArguments) {
  EXPECT_EQ(RunWorker({"surplus"}).status().message(), "exit status 2");
  EXPECT_EQ(RunWorker({"--benchmark_filter=nothing"}).status().message(), "exit status 2");
}

}  // namespace
}  // namespace hakmem::bench

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  hakmem::bench::worker = hakmem::bench::FindRunfile(hakmem::bench::RunfilesRoots(argv[0]),
                                                     "bench/micro_fastpath_worker");
  return RUN_ALL_TESTS();
}
