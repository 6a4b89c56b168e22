// Runs //bench:micro_fastpath for real, as a user would, for so short a time that no figure means
// anything.
#include <gtest/gtest.h>

#include <string>

#include "bench/harness/run_program.h"
#include "bench/harness/runfiles.h"

namespace hakmem::bench {
namespace {

std::string micro_fastpath;  // path, set by main

TEST(MicroFastPathTest, ShowsAllVariantsAndTheSystem) {
  const Outcome outcome = RunProgram(
      micro_fastpath,
      "--rounds=1 --seconds=0.000001 --allocators=hakmem,hakmem_header,hakmem_phase7,system");
  EXPECT_EQ(outcome.exit_status, 0) << outcome.output;
  EXPECT_EQ(CountOf(outcome.output, "\npair 64 "), 2 + CountOf(outcome.output, "\ninstructions"))
      << outcome.output;
  EXPECT_GE(CountOf(outcome.output, "hakmem (phase7)"), 2) << outcome.output;
  EXPECT_NE(outcome.output.find("Who served the calls"), std::string::npos) << outcome.output;
  EXPECT_EQ(CountOf(outcome.output, "ailed: "), 0) << outcome.output;
}

TEST(MicroFastPathTest, RefusesWrongArguments) {
  EXPECT_EQ(RunProgram(micro_fastpath, "64").exit_status, 2);
  EXPECT_EQ(RunProgram(micro_fastpath, "--allocators=nonesuch").exit_status, 2);
}

}  // namespace
}  // namespace hakmem::bench

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  hakmem::bench::micro_fastpath =
      hakmem::bench::FindRunfile(hakmem::bench::RunfilesRoots(argv[0]), "bench/micro_fastpath");
  return RUN_ALL_TESTS();
}
