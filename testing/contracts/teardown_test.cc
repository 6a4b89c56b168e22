// Allocation after a thread's end, as the thread's own destructors see it, and at the program's.

#include <gtest/gtest.h>

#include "testing/contracts/subprocess.h"

namespace hakmem::contracts {
namespace {

TEST(TeardownTest, DestructorsAndExitHandlersMayAllocate) {
  for (int round = 0; round < 2; ++round) {
    const Outcome outcome = RunProgram({{ProgramPath("TEARDOWN_PROGRAM")}});
    EXPECT_EQ(0, outcome.exit_code) << outcome.ToString();
    EXPECT_NE(std::string::npos, outcome.output.find("ok\n")) << outcome.ToString();
    EXPECT_EQ("", outcome.errors);
  }
}

TEST(TeardownTest, AlsoWithFigures) {
  const Outcome outcome = RunProgram({{ProgramPath("TEARDOWN_PROGRAM")}, {"HAKMEM_STATS=1"}});
  EXPECT_EQ(0, outcome.exit_code) << outcome.ToString();
  EXPECT_NE("", outcome.errors);
}

}  // namespace
}  // namespace hakmem::contracts
