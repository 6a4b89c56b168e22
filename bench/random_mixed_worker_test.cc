// Runs the random_mixed worker for real, in processes of its own, under the system's allocator.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/harness/comparison.h"
#include "bench/harness/peers.h"
#include "bench/harness/runfiles.h"

namespace hakmem::bench {
namespace {

std::string worker;  // path, set by main

absl::StatusOr<Metrics> RunWorker(const std::vector<std::string>& arguments) {
  return RunTrial(worker, {.title = "test", .arguments = arguments}, SystemAllocator());
}

TEST(RandomMixedWorkerTest, ReportsWhatItDid) {
  const auto metrics = RunWorker({"2000", "16", "1024", "7", "3", "1", "1"});
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  EXPECT_EQ(metrics->Get("operations"), 3 * 2000);
  EXPECT_EQ(metrics->Get("threads"), 3);
  EXPECT_EQ(metrics->Get("live_blocks"), 0) << "one slot, an even number of operations";
  EXPECT_EQ(metrics->Get("errors"), 0);
  EXPECT_GT(metrics->Get("seconds"), 0);
  EXPECT_GT(metrics->PeakRssMib(), 0);
}

TEST(RandomMixedWorkerTest, RefusesWrongArguments) {
  EXPECT_EQ(RunWorker({"1", "8"}).status().message(), "exit status 2");
  EXPECT_EQ(RunWorker({"1", "8", "7", "1", "1", "1", "0"}).status().message(), "exit status 2");
}

}  // namespace
}  // namespace hakmem::bench

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  hakmem::bench::worker = hakmem::bench::FindRunfile(hakmem::bench::RunfilesRoots(argv[0]),
                                                     "bench/random_mixed_worker");
  return RUN_ALL_TESTS();
}
