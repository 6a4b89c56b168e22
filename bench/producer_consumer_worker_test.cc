// Runs the producer_consumer worker for real, in processes of its own, under the system's
// allocator.
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

TEST(ProducerConsumerWorkerTest, ReportsWhatItDid) {
  const auto metrics = RunWorker({"2", "1", "1000", "16", "1024", "64", "7", "1"});
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  EXPECT_EQ(metrics->Get("operations"), 2 * 1000);
  EXPECT_EQ(metrics->Get("threads"), 3);
  EXPECT_EQ(metrics->Get("errors"), 0);
  EXPECT_GT(metrics->Get("seconds"), 0);
  EXPECT_GT(metrics->PeakRssMib(), 0);
}

TEST(ProducerConsumerWorkerTest, RefusesWrongArguments) {
  EXPECT_EQ(RunWorker({"1", "8"}).status().message(), "exit status 2");
  EXPECT_EQ(RunWorker({"1", "1", "1", "16", "64", "63", "1", "0"}).status().message(),
            "exit status 2");
}

}  // namespace
}  // namespace hakmem::bench

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  hakmem::bench::worker = hakmem::bench::FindRunfile(hakmem::bench::RunfilesRoots(argv[0]),
                                                     "bench/producer_consumer_worker");
  return RUN_ALL_TESTS();
}
