// Runs benchmarks whose worker is a shell script, under the system's allocator.
#include "bench/harness/runner.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/status/status.h"

namespace hakmem::bench {
namespace {

namespace fs = std::filesystem;

class RunnerTest : public testing::Test {
 protected:
  void SetUp() override {
    const fs::path runfiles = fs::path(testing::TempDir()) / "runner_test_runfiles";
    folder_ = runfiles / "hakmem" / "bench";
    fs::create_directories(folder_);
    setenv("RUNFILES_DIR", runfiles.c_str(), 1);
    benchmark_.name = "fake";
    benchmark_.workloads = {{.title = "work", .arguments = {"7"}}};
    benchmark_.default_rounds = 3;
    benchmark_.default_allocators = {"system"};
    benchmark_.describe = [](size_t) { return ""; };
    benchmark_.format = [this](const Comparison&, const ResultGrid& grid) {
      grid_ = grid;
      return "";
    };
  }
  void WriteWorker(const std::string& script) {
    const fs::path path = folder_ / "fake_worker";
    std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
    fs::permissions(path, fs::perms::owner_all);
  }
  int Run() { return RunBenchmark("/nonexistent/fake", benchmark_); }

  fs::path folder_;
  Benchmark benchmark_;
  ResultGrid grid_;  // what was given to the benchmark to format
};

TEST_F(RunnerTest, RunsEveryRoundAndFormatsTheResults) {
  WriteWorker("echo \"operations=$1 seconds=1 threads=1 malloc_library=x\" >&3");
  EXPECT_EQ(Run(), 0);
  ASSERT_EQ(grid_.size(), 1u);
  ASSERT_EQ(grid_[0].size(), 1u);
  ASSERT_EQ(grid_[0][0].rounds.size(), 3u);
  EXPECT_EQ(grid_[0][0].rounds[0].Get("operations"), 7);
}

TEST_F(RunnerTest, AFailedWorkerIsAFailure) {
  WriteWorker("exit 1");
  EXPECT_EQ(Run(), 1);
  EXPECT_EQ(grid_[0][0].failure, "exit status 1");
}

TEST_F(RunnerTest, TheWorkerMayLieElsewhere) {
  WriteWorker("echo 'operations=1 seconds=1 threads=1 malloc_library=x' >&3");
  benchmark_.name = "other";
  benchmark_.worker = "bench/fake_worker";
  EXPECT_EQ(Run(), 0);
}

TEST_F(RunnerTest, WhatCannotBeRunIsRefused) {
  WriteWorker("exit 0");
  benchmark_.default_allocators = {"nonesuch"};
  EXPECT_EQ(Run(), 2);
  benchmark_.default_allocators = {"system"};
  benchmark_.name = "missing";
  EXPECT_EQ(Run(), 2);
  EXPECT_EQ(RefuseArguments("fake", absl::InvalidArgumentError("wrong")), 2);
}

TEST(CountCoresTest, IsAtLeastOne) { EXPECT_GE(CountCores(), 1u); }

}  // namespace
}  // namespace hakmem::bench
