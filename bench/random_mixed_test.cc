// Runs //bench:random_mixed for real, as a user would, with bounds so small that it takes a moment.
#include <gtest/gtest.h>

#include <string>

#include "bench/harness/run_program.h"
#include "bench/harness/runfiles.h"

namespace hakmem::bench {
namespace {

std::string random_mixed;  // path, set by main

TEST(RandomMixedTest, RunsUnderHakmemAndTheSystem) {
  const Outcome outcome =
      RunProgram(random_mixed,
                 "--rounds=2 --self_check --allocators=hakmem,hakmem_header,system 5000 32768 42");
  EXPECT_EQ(outcome.exit_status, 0) << outcome.output;
  EXPECT_GE(CountOf(outcome.output, "Fastest: "), 1) << outcome.output;
  EXPECT_NE(outcome.output.find("16-32768 bytes, 1 thread"), std::string::npos) << outcome.output;
  EXPECT_NE(outcome.output.find("Who served the calls"), std::string::npos) << outcome.output;
  EXPECT_EQ(CountOf(outcome.output, "Failed"), 0) << outcome.output;
  EXPECT_EQ(CountOf(outcome.output, "failed"), 0) << outcome.output;
}

TEST(RandomMixedTest, WithoutHakmemThereAreNoHitRates) {
  const Outcome outcome = RunProgram(random_mixed, "--rounds=1 --allocators=system 1000 64");
  EXPECT_EQ(outcome.exit_status, 0) << outcome.output;
  EXPECT_EQ(CountOf(outcome.output, "Who served the calls"), 0) << outcome.output;
}

TEST(RandomMixedTest, RefusesWrongArguments) {
  EXPECT_EQ(RunProgram(random_mixed, "1 2 3").exit_status, 2) << "largest below 16";
  EXPECT_EQ(RunProgram(random_mixed, "many").exit_status, 2);
  EXPECT_EQ(RunProgram(random_mixed, "--allocators=nonesuch").exit_status, 2);
}

}  // namespace
}  // namespace hakmem::bench

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  hakmem::bench::random_mixed =
      hakmem::bench::FindRunfile(hakmem::bench::RunfilesRoots(argv[0]), "bench/random_mixed");
  return RUN_ALL_TESTS();
}
