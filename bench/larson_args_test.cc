#include "bench/larson_args.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hakmem::bench {
namespace {

// What ParseWorkerArguments says to `arguments`, "" when it takes them.
std::string Error(std::vector<const char*> arguments, LarsonParams* params) {
  arguments.insert(arguments.begin(), "larson_worker");
  const char* error =
      ParseWorkerArguments(static_cast<int>(arguments.size()), arguments.data(), params);
  return error == nullptr ? "" : error;
}

std::string Error(std::vector<const char*> arguments) {
  LarsonParams params;
  return Error(std::move(arguments), &params);
}

TEST(LarsonArgsTest, ReadsTheClassicArguments) {
  LarsonParams params;
  ASSERT_EQ(Error({"10", "8", "128", "1024", "1", "12345", "4"}, &params), "");
  EXPECT_EQ(params.seconds, 10);
  EXPECT_EQ(params.min_size, 8u);
  EXPECT_EQ(params.max_size, 128u);
  EXPECT_EQ(params.blocks_per_thread, 1024u);
  EXPECT_EQ(params.rounds, 1u);
  EXPECT_EQ(params.seed, 12345u);
  EXPECT_EQ(params.threads, 4u);
  EXPECT_EQ(params.OperationsPerHandover(), 1024u);
  EXPECT_EQ(params.operations_per_thread, 0u);
  EXPECT_FALSE(params.self_check);
}

TEST(LarsonArgsTest, ReadsTheWorkersFlags) {
  LarsonParams params;
  ASSERT_EQ(Error({"0.5", "8", "8", "1", "2", "0", "1", "--self_check", "--ops=77"}, &params), "");
  EXPECT_EQ(params.seconds, 0.5);
  EXPECT_EQ(params.operations_per_thread, 77u);
  EXPECT_TRUE(params.self_check);
}

TEST(LarsonArgsTest, SaysWhichArgumentIsWrong) {
  EXPECT_EQ(Error({"10", "8", "128"}), "needs SECONDS MIN MAX BLOCKS ROUNDS SEED THREADS");
  EXPECT_EQ(Error({"x", "8", "128", "1", "1", "1", "1"}), "seconds: not a number");
  EXPECT_EQ(Error({"-1", "8", "128", "1", "1", "1", "1"}), "seconds: not a number");
  EXPECT_EQ(Error({".", "8", "128", "1", "1", "1", "1"}), "seconds: not a number");
  EXPECT_EQ(Error({"1", "-8", "128", "1", "1", "1", "1"}), "smallest size: not a whole number");
  EXPECT_EQ(Error({"1", "8", "12k", "1", "1", "1", "1"}), "largest size: not a whole number");
  EXPECT_EQ(Error({"1", "8", "9", "", "1", "1", "1"}), "blocks per thread: not a whole number");
  EXPECT_EQ(Error({"1", "8", "9", "1", " 1", "1", "1"}), "rounds: not a whole number");
  EXPECT_EQ(Error({"1", "8", "9", "1", "1", "99999999999999999999", "1"}),
            "seed: not a whole number");
  EXPECT_EQ(Error({"1", "8", "9", "1", "1", "1", "two"}), "threads: not a whole number");
  EXPECT_EQ(Error({"1", "8", "9", "1", "1", "1", "1", "--ops=x"}), "--ops: not a whole number");
  EXPECT_EQ(Error({"1", "8", "9", "1", "1", "1", "1", "--fast"}),
            "knows --ops=N and --self_check only");
}

TEST(LarsonArgsTest, SaysWhatCannotBeRun) {
  EXPECT_EQ(Error({"0", "8", "9", "1", "1", "1", "1"}), "seconds: must be above 0");
  EXPECT_EQ(Error({"0", "8", "9", "1", "1", "1", "1", "--ops=5"}), "");
  EXPECT_EQ(Error({"1e9", "8", "9", "1", "1", "1", "1"}), "seconds: must be at most 86400");
  EXPECT_EQ(Error({"1", "0", "9", "1", "1", "1", "1"}), "smallest size: must be at least 1");
  EXPECT_EQ(Error({"1", "9", "8", "1", "1", "1", "1"}),
            "largest size: must not be below the smallest");
  EXPECT_EQ(Error({"1", "9", "1073741825", "1", "1", "1", "1"}),
            "largest size: must be at most 1073741824");
  EXPECT_EQ(Error({"1", "8", "9", "0", "1", "1", "1"}),
            "blocks per thread: must be from 1 to 1073741824");
  EXPECT_EQ(Error({"1", "8", "9", "1", "0", "1", "1"}), "rounds: must be from 1 to 4294967296");
  EXPECT_EQ(Error({"1", "8", "9", "1", "1", "1", "0"}), "threads: must be from 1 to 4096");
  EXPECT_EQ(Error({"1", "8", "9", "1", "1", "1", "4097"}), "threads: must be from 1 to 4096");
}

}  // namespace
}  // namespace hakmem::bench
