// Runs //bench:larson for real, as a user would, with bounds so small that it takes a moment.
// Bounded by operations: no result depends on time.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "bench/harness/run_program.h"
#include "bench/harness/runfiles.h"

namespace hakmem::bench {
namespace {

std::string larson;  // path, set by main

Outcome RunLarson(const std::string& arguments) { return RunProgram(larson, arguments); }

TEST(LarsonTest, RunsTheMainJobUnderHakmemAndTheSystem) {
  const Outcome outcome =
      RunLarson("--ops=20000 --rounds=2 --self_check --allocators=hakmem,hakmem_header,system");
  EXPECT_EQ(outcome.exit_status, 0) << outcome.output;
  EXPECT_GE(CountOf(outcome.output, "Fastest: "), 2) << outcome.output;
  EXPECT_GE(CountOf(outcome.output, "hakmem (map)"), 3) << outcome.output;
  EXPECT_GE(CountOf(outcome.output, "hakmem (header)"), 3) << outcome.output;
  EXPECT_EQ(CountOf(outcome.output, "Failed"), 0) << outcome.output;
  EXPECT_EQ(CountOf(outcome.output, "Who served the calls"), 0) << outcome.output;
}

TEST(LarsonTest, ShowsHitRatesWhenAsked) {
  const Outcome outcome =
      RunLarson("--hits --ops=20000 --rounds=1 --allocators=hakmem 1 8 128 1000 100 1 2");
  EXPECT_EQ(outcome.exit_status, 0) << outcome.output;
  EXPECT_EQ(CountOf(outcome.output, "Who served the calls"), 1) << outcome.output;
  EXPECT_EQ(CountOf(outcome.output, "\n8-128 bytes, 2 threads"), 2) << outcome.output;
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

TEST(LarsonTest, HelpListsItsFlagsAndTheHarnesss) {
  const std::string help = RunLarson("--help").output;
  for (const char* flag : {"--seconds", "--self_check", "--rounds", "--allocators", "--add"}) {
    EXPECT_NE(help.find(flag), std::string::npos) << flag << " is not in:\n" << help;
  }
  EXPECT_EQ(help.find("--flagfile"), std::string::npos) << "not the library's own:\n" << help;
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
