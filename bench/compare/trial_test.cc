#include "bench/compare/trial.h"

#include <gtest/gtest.h>

#include <fstream>

#include "bench/harness/peers.h"

namespace hakmem::bench {
namespace {

Row ShellRow(const std::string& group, const std::string& script) {
  Row row;
  row.name = "row";
  row.group = group;
  row.process.program = "/bin/sh";
  row.process.arguments = {"-c", script};
  return row;
}

// A library that nothing can preload.
Allocator NoLibrary() { return {.key = "none", .title = "none", .library = "/nonexistent.so"}; }

TEST(TrialTest, AWorkersReportBecomesMetrics) {
  Trials trials(testing::TempDir());
  const Row row =
      ShellRow(kSyntheticGroup,
               "echo operations=5 seconds=0.5 threads=1 peak_rss_kib=7 malloc_library=/lib >&3");
  const auto result = trials.Run(row, SystemAllocator());
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->metrics.Get("seconds"), 0.5);
  EXPECT_EQ(result->metrics.Get("peak_rss_kib"), 7);  // the worker's own, not wait4's
}

TEST(TrialTest, AWorkerUnderAnotherMallocIsAFailure) {
  Trials trials(testing::TempDir());
  const Row row =
      ShellRow(kSyntheticGroup, "echo operations=5 seconds=0.5 threads=1 malloc_library=/lib >&3");
  EXPECT_EQ(trials.Run(row, NoLibrary()).status().message(),
            "preload had no effect: malloc is from /lib");
  EXPECT_FALSE(trials.Run(ShellRow(kSyntheticGroup, "true"), SystemAllocator()).ok());
}

TEST(TrialTest, AProgramsOutputMustBeTheOneItWasPreparedWith) {
  Trials trials(testing::TempDir());
  const std::string file = testing::TempDir() + "/trial_test.input";
  const Row row = ShellRow(kProgramGroup, "cat '" + file + "'");
  std::ofstream(file) << "one";
  EXPECT_EQ(trials.Run(row, SystemAllocator()).status().message(), "not prepared");
  ASSERT_TRUE(trials.Prepare(row).ok());
  const auto result = trials.Run(row, SystemAllocator());
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_GT(result->metrics.Get("seconds"), 0);
  EXPECT_GT(result->metrics.Get("peak_rss_kib"), 0);
  std::ofstream(file) << "two";
  EXPECT_EQ(trials.Run(row, SystemAllocator()).status().code(), absl::StatusCode::kDataLoss);
}

TEST(TrialTest, AProgramWithoutThePreloadIsAFailure) {
  Trials trials(testing::TempDir());
  const Row row = ShellRow(kProgramGroup, "sleep 0.1 2>/dev/null");
  ASSERT_TRUE(trials.Prepare(row).ok());
  EXPECT_EQ(trials.Run(row, NoLibrary()).status().message(),
            "preload had no effect: the library was not mapped");
}

TEST(TrialTest, AProgramThatFailsCannotBePrepared) {
  Trials trials(testing::TempDir());
  EXPECT_FALSE(trials.Prepare(ShellRow(kProgramGroup, "exit 1")).ok());
}

TEST(FileChecksumTest, IsOfContentsAndLength) {
  const std::string file = testing::TempDir() + "/trial_test.checksum";
  std::ofstream(file) << "a";
  EXPECT_EQ(FileChecksum(file), "af63dc4c8601ec8c, 1 bytes");
  EXPECT_EQ(FileChecksum("/nonexistent"), "");
}

}  // namespace
}  // namespace hakmem::bench
