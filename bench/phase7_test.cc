// Runs //bench:phase7 for real, as a user would, for so short a time that no figure means anything.
#include <gtest/gtest.h>

#include <string>

#include "bench/harness/run_program.h"
#include "bench/harness/runfiles.h"

namespace hakmem::bench {
namespace {

std::string phase7;  // path, set by main

TEST(Phase7Test, ShowsAllTables) {
  const Outcome outcome =
      RunProgram(phase7, "--rounds=1 --seconds=0.01 --ops=20000 --micro_seconds=0.000001");
  EXPECT_EQ(outcome.exit_status, 0) << outcome.output;
  EXPECT_EQ(CountOf(outcome.output, "\nmeasured: times the system"), 3) << outcome.output;
  EXPECT_EQ(CountOf(outcome.output, "\nmincore on every free"), 1) << outcome.output;
  EXPECT_EQ(CountOf(outcome.output, "nan"), 0) << outcome.output;
  // The counters of all three variants arrived, and the sizes of their heaps.
  EXPECT_EQ(CountOf(outcome.output, "frees at step 1, %"), 2) << outcome.output;
  EXPECT_EQ(CountOf(outcome.output, "metadata, % of the heap"), 2) << outcome.output;
}

TEST(Phase7Test, RefusesWrongArguments) {
  EXPECT_EQ(RunProgram(phase7, "64").exit_status, 2);
  EXPECT_EQ(RunProgram(phase7, "--rounds=0").exit_status, 2);
}

}  // namespace
}  // namespace hakmem::bench

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  hakmem::bench::phase7 =
      hakmem::bench::FindRunfile(hakmem::bench::RunfilesRoots(argv[0]), "bench/phase7");
  return RUN_ALL_TESTS();
}
