#include "bench/harness/run_program.h"

#include <gtest/gtest.h>

namespace hakmem::bench {
namespace {

TEST(RunProgramTest, ReturnsOutputAndExitStatus) {
  const Outcome outcome = RunProgram("/bin/sh", "-c 'echo out; echo err >&2; exit 3'");
  EXPECT_EQ(outcome.exit_status, 3);
  EXPECT_EQ(outcome.output, "out\nerr\n");
}

TEST(CountOfTest, CountsEveryPlace) {
  EXPECT_EQ(CountOf("abcabcab", "ab"), 3);
  EXPECT_EQ(CountOf("aaa", "aa"), 2);
  EXPECT_EQ(CountOf("abc", "x"), 0);
}

}  // namespace
}  // namespace hakmem::bench
