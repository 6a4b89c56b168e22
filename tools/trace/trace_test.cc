// Runs //tools:trace as a user would, over a trace that a program left. Bounded by calls: no result
// depends on time.

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "bench/harness/run_program.h"
#include "bench/harness/runfiles.h"

namespace hakmem::trace {
namespace {

// Paths, set by main.
std::string tool;
std::string library;

using bench::Outcome;
using bench::RunProgram;

class TraceTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string directory = testing::TempDir() + "/trace_test_XXXXXX";
    ASSERT_NE(mkdtemp(directory.data()), nullptr);
    directory_ = directory;
    const Outcome outcome = RunProgram(
        "env", "LD_PRELOAD='" + library + "' HAKMEM_MEM_TRACE=1 HAKMEM_MEM_TRACE_FILE='" +
                   directory + "/perl.trace' perl -e 'my %h; $h{$_} = \"x\" x $_ for 1..500'");
    ASSERT_EQ(outcome.output, "");
  }
  static Outcome Tool(const std::string& arguments) {
    return RunProgram("env", "--chdir=/ BUILD_WORKING_DIRECTORY='" + directory_ + "' '" + tool +
                                 "' " + arguments);
  }

  static std::string directory_;
};
std::string TraceTest::directory_;

TEST_F(TraceTest, Reports) {
  const Outcome outcome = Tool("perl.trace");
  EXPECT_EQ(outcome.exit_status, 0);
  for (const char* part : {"Trace of perl, process ", " of 1 thread in ", "malloc ",
                           "\nPeak: ", "\nLive at the end: ", "median life"}) {
    EXPECT_NE(outcome.output.find(part), std::string::npos) << part << " in\n" << outcome.output;
  }
}

TEST_F(TraceTest, ReplaysUnderEveryAllocatorThatIsNamed) {
  const Outcome outcome =
      Tool("--replay --rounds=1 --repeat=2 --allocators=hakmem,hakmem_header,system perl.trace");
  EXPECT_EQ(outcome.exit_status, 0) << outcome.output;
  for (const char* part : {"hakmem (map)", "hakmem (header)", "system",
                           "replay of perl: ", "1 thread, 2 times", "Fastest: ", "waits %"}) {
    EXPECT_NE(outcome.output.find(part), std::string::npos) << part << " in\n" << outcome.output;
  }
  EXPECT_EQ(outcome.output.find("Failed"), std::string::npos) << outcome.output;
}

TEST_F(TraceTest, SaysWhatIsWrong) {
  EXPECT_EQ(Tool("").exit_status, 2);
  EXPECT_EQ(Tool("a b").exit_status, 2);
  EXPECT_EQ(Tool("--replay --allocators=nonesuch perl.trace").exit_status, 2);
  const Outcome missing = Tool("nonesuch.trace");
  EXPECT_EQ(missing.exit_status, 1);
  EXPECT_NE(missing.output.find("can't be opened"), std::string::npos) << missing.output;
}

}  // namespace
}  // namespace hakmem::trace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const auto roots = hakmem::bench::RunfilesRoots(argv[0]);
  hakmem::trace::tool = hakmem::bench::FindRunfile(roots, "tools/trace/trace");
  hakmem::trace::library = hakmem::bench::FindRunfile(roots, "bench/libhakmem_map.so");
  return RUN_ALL_TESTS();
}
