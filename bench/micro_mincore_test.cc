// Runs //bench:micro_mincore for real, as a user would, for so short a time that no figure means
// anything.
#include <gtest/gtest.h>

#include <string>

#include "bench/harness/run_program.h"
#include "bench/harness/runfiles.h"

namespace hakmem::bench {
namespace {

std::string micro_mincore;  // path, set by main

TEST(MicroMincoreTest, ShowsCyclesAndShares) {
  const Outcome outcome = RunProgram(micro_mincore, "--rounds=1 --seconds=0.000001");
  EXPECT_EQ(outcome.exit_status, 0) << outcome.output;
  EXPECT_EQ(CountOf(outcome.output, "\nmincore always "), 2) << outcome.output;
  EXPECT_GE(CountOf(outcome.output, "hakmem (phase7)"), 1 + 2) << outcome.output;
  EXPECT_EQ(CountOf(outcome.output, "ailed: "), 0) << outcome.output;
}

TEST(MicroMincoreTest, RefusesWrongArguments) {
  EXPECT_EQ(RunProgram(micro_mincore, "64").exit_status, 2);
  EXPECT_EQ(RunProgram(micro_mincore, "--allocators=nonesuch").exit_status, 2);
}

}  // namespace
}  // namespace hakmem::bench

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  hakmem::bench::micro_mincore =
      hakmem::bench::FindRunfile(hakmem::bench::RunfilesRoots(argv[0]), "bench/micro_mincore");
  return RUN_ALL_TESTS();
}
