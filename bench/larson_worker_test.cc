// Runs the larson worker for real, in processes of its own, under the system's allocator. Bounded
// by operations: no result depends on time.
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

TEST(LarsonWorkerTest, ReportsWhatItDid) {
  const auto metrics =
      RunWorker({"1", "8", "1000", "100", "5", "12345", "3", "--ops=2000", "--self_check"});
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  EXPECT_EQ(metrics->Get("operations"), 3 * 2000);
  EXPECT_EQ(metrics->Get("threads"), 3);
  EXPECT_EQ(metrics->Get("handovers"), 3 * 3);  // after 500, 1000 and 1500 operations
  EXPECT_EQ(metrics->Get("live_blocks"), 3 * 100);
  EXPECT_EQ(metrics->Get("errors"), 0);
  EXPECT_GT(metrics->Get("seconds"), 0);
  EXPECT_GT(metrics->PeakRssMib(), 0);
}

TEST(LarsonWorkerTest, EqualArgumentsDoEqualWork) {
  const std::vector<std::string> arguments = {"1", "8", "128", "100", "5", "7", "2", "--ops=1000"};
  const auto first = RunWorker(arguments);
  const auto second = RunWorker(arguments);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->Get("checksum"), second->Get("checksum"));
}

TEST(LarsonWorkerTest, RefusesWrongArguments) {
  EXPECT_EQ(RunWorker({"1", "8"}).status().message(), "exit status 2");
  EXPECT_EQ(RunWorker({"1", "8", "7", "1", "1", "1", "1"}).status().message(), "exit status 2");
}

}  // namespace
}  // namespace hakmem::bench

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  hakmem::bench::worker =
      hakmem::bench::FindRunfile(hakmem::bench::RunfilesRoots(argv[0]), "bench/larson_worker");
  return RUN_ALL_TESTS();
}
