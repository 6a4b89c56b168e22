// Runs //bench:larson for real, as a user would, with bounds so small that it takes a moment.
// Bounded by operations: no result depends on time.
#include <gtest/gtest.h>
#include <stdio.h>
#include <sys/wait.h>

#include <fstream>
#include <iterator>
#include <string>

#include "bench/harness/runfiles.h"

namespace hakmem::bench {
namespace {

std::string larson;  // path, set by main

struct Outcome {
  int exit_status;     // -1 when it did not exit
  std::string output;  // stdout and stderr
};

// Runs larson with `arguments`, which the shell splits.
Outcome RunLarson(const std::string& arguments) {
  FILE* pipe = popen(("'" + larson + "' " + arguments + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return {-1, "popen failed"};
  Outcome outcome;
  char buffer[4096];
  size_t got;
  while ((got = fread(buffer, 1, sizeof(buffer), pipe)) > 0) outcome.output.append(buffer, got);
  const int status = pclose(pipe);
  outcome.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

int CountOf(const std::string& text, const std::string& part) {
  int count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(LarsonTest, RunsTheMainJobUnderHakmemAndTheSystem) {
  const Outcome outcome =
      RunLarson("--ops=20000 --rounds=2 --self_check --allocators=hakmem,hakmem_header,system");
  EXPECT_EQ(outcome.exit_status, 0) << outcome.output;
  EXPECT_GE(CountOf(outcome.output, "Fastest: "), 2) << outcome.output;
  EXPECT_GE(CountOf(outcome.output, "hakmem (map)"), 3) << outcome.output;
  EXPECT_GE(CountOf(outcome.output, "hakmem (header)"), 3) << outcome.output;
  EXPECT_EQ(CountOf(outcome.output, "Failed"), 0) << outcome.output;
}

TEST(LarsonTest, TakesTheClassicArguments) {
  const std::string json = std::string(testing::TempDir()) + "/larson_test.json";
  const Outcome outcome =
      RunLarson("--ops=5000 --rounds=1 --allocators=system,hakmem --json=" + json +
                " 10 8 128 1024 1 12345 4");
  EXPECT_EQ(outcome.exit_status, 0) << outcome.output;
  EXPECT_NE(outcome.output.find("After 1024 operations"), std::string::npos) << outcome.output;
  EXPECT_NE(outcome.output.find("8-128 bytes, 4 threads"), std::string::npos) << outcome.output;
  std::ifstream file(json);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(CountOf(text, "\"operations\": 20000"), 2) << text;
}

TEST(LarsonTest, MeasuresTheEnvironmentsAllocator) {
  const Outcome outcome = RunLarson("--here --ops=1000 --rounds=1 1 8 128 100 10 1 1");
  EXPECT_EQ(outcome.exit_status, 0) << outcome.output;
  EXPECT_NE(outcome.output.find("LD_PRELOAD as it is"), std::string::npos) << outcome.output;
}

TEST(LarsonTest, RefusesWrongArguments) {
  EXPECT_EQ(RunLarson("1 2 3").exit_status, 2);
  EXPECT_EQ(RunLarson("--allocators=nonesuch").exit_status, 2);
  EXPECT_EQ(RunLarson("--hakmem=/nonexistent.so").exit_status, 2);
}

TEST(LarsonTest, AnAllocatorThatIsNoneIsAFailure) {
  // It exists, but cannot be preloaded: the worker then runs under the system's allocator.
  const Outcome outcome =
      RunLarson("--add=none=" + larson + " --allocators=none --ops=1000 --rounds=1");
  EXPECT_EQ(outcome.exit_status, 1) << outcome.output;
  EXPECT_GE(CountOf(outcome.output, "Failed: none: preload had no effect"), 2) << outcome.output;
}

}  // namespace
}  // namespace hakmem::bench

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  hakmem::bench::larson =
      hakmem::bench::FindRunfile(hakmem::bench::RunfilesRoots(argv[0]), "bench/larson");
  return RUN_ALL_TESTS();
}
