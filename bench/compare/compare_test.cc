// Runs //bench:compare for real, as a user would: every synthetic workload at a tiny size under
// hakmem and the system, with the contents of all blocks checked. No result depends on time.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "bench/compare/results.h"
#include "bench/compare/summary.h"
#include "bench/compare/workloads/workload.h"
#include "bench/harness/run_program.h"
#include "bench/harness/runfiles.h"

namespace hakmem::bench {
namespace {

std::string compare;  // path, set by main

Outcome RunCompare(const std::string& arguments) { return RunProgram(compare, arguments); }

std::string TempFile(const std::string& name) {
  return testing::TempDir() + "/compare_test." + name;
}

// The names of all synthetic rows, as --only takes them.
std::string SyntheticNames() {
  std::string names = "larson,random_mixed,producers?_consumer,idle_1s";
  for (const SyntheticWorkload& workload : SyntheticWorkloads()) {
    if (workload.name != "idle") names += "," + std::string(workload.name);
  }
  return names;
}

TEST(CompareTest, RunsEverySyntheticWorkloadUnderHakmemAndTheSystem) {
  const std::string json = TempFile("json");
  const Outcome outcome = RunCompare(
      "--quick --scale=0.005 --self_check --allocators=hakmem,hakmem_header,system "
      "--only=" +
      SyntheticNames() + " --json=" + json);
  EXPECT_EQ(outcome.exit_status, 0) << outcome.output;
  const absl::StatusOr<Results> results = ReadResults(json);
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_EQ(results->rows.size(), SyntheticWorkloads().size() + 4);
  for (const RowResult& row : results->rows) {
    ASSERT_EQ(row.cells.size(), 3u);
    for (const CellResult& cell : row.cells) {
      EXPECT_EQ(cell.failure, "") << row.name;
      ASSERT_EQ(cell.rounds.size(), 1u);
      EXPECT_EQ(MedianOf(cell, "errors"), 0) << row.name;
      EXPECT_GT(MedianOf(cell, "peak_rss_kib"), 0) << row.name;
      // The same work, whoever serves it.
      EXPECT_EQ(MedianOf(cell, "operations"), MedianOf(row.cells[0], "operations")) << row.name;
      EXPECT_EQ(MedianOf(cell, "checksum"), MedianOf(row.cells[0], "checksum")) << row.name;
    }
  }
}

TEST(CompareTest, ReportsAgainFromJsonAndAgainstItself) {
  const std::string json = TempFile("again.json");
  const std::string html = TempFile("again.html");
  const std::string markdown = TempFile("again.md");
  const std::string rows =
      "--only=trees,idle_1s --scale=0.01 --rounds=3 --allocators=hakmem,system";
  const Outcome first = RunCompare("--json=" + json + " " + rows);
  ASSERT_EQ(first.exit_status, 0) << first.output;
  const Outcome again = RunCompare("--from=" + json + " --baseline=" + json + " --html=" + html +
                                   " --markdown=" + markdown);
  EXPECT_EQ(again.exit_status, 0) << again.output;
  EXPECT_NE(again.output.find("Against the baseline: 4 figures, 0 regressions."), std::string::npos)
      << again.output;
  EXPECT_EQ(system(("/usr/bin/xmllint --noout '" + html + "'").c_str()), 0);
  EXPECT_EQ(system(("grep -q '^| trees |' '" + markdown + "'").c_str()), 0);
}

TEST(CompareTest, AProgramRunsUnderHakmem) {
  const Outcome outcome =
      RunCompare("--quick --only=lua --allocators=hakmem,system --cache=" + TempFile("cache"));
  EXPECT_EQ(outcome.exit_status, 0) << outcome.output;
}

TEST(CompareTest, ListsItsRows) {
  const Outcome outcome = RunCompare("--list");
  EXPECT_EQ(outcome.exit_status, 0);
  EXPECT_NE(outcome.output.find("\ntrees "), std::string::npos) << outcome.output;
  EXPECT_NE(outcome.output.find("\npython "), std::string::npos) << outcome.output;
}

TEST(CompareTest, RefusesWrongArguments) {
  EXPECT_EQ(RunCompare("--only=nonesuch").exit_status, 2);
  EXPECT_EQ(RunCompare("--allocators=nonesuch --only=trees").exit_status, 2);
  EXPECT_EQ(RunCompare("--from=/nonexistent.json").exit_status, 2);
  EXPECT_EQ(RunCompare("--baseline=/nonexistent.json").exit_status, 2);
  EXPECT_EQ(RunCompare("trees").exit_status, 2);
}

TEST(CompareTest, AnAllocatorThatIsNoneIsAFailure) {
  // It exists, but cannot be preloaded: the worker then runs under the system's allocator.
  const Outcome outcome = RunCompare("--add=none=" + compare +
                                     " --allocators=none --scale=0.01 --rounds=1 --only=trees");
  EXPECT_EQ(outcome.exit_status, 1) << outcome.output;
  EXPECT_NE(outcome.output.find("Failed: none: preload had no effect"), std::string::npos)
      << outcome.output;
}

}  // namespace
}  // namespace hakmem::bench

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  hakmem::bench::compare =
      hakmem::bench::FindRunfile(hakmem::bench::RunfilesRoots(argv[0]), "bench/compare/compare");
  return RUN_ALL_TESTS();
}
