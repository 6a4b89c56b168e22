#include "bench/compare/measure.h"

#include <gtest/gtest.h>

#include <sstream>

namespace hakmem::bench {
namespace {

Row ShellRow(const std::string& name, const std::string& group, const std::string& script) {
  Row row;
  row.name = name;
  row.group = group;
  row.process.program = "/bin/sh";
  row.process.arguments = {"-c", script};
  return row;
}

class MeasureTest : public testing::Test {
 protected:
  Results Run(const std::vector<Row>& rows, size_t rounds) {
    return Measure(rows, {SystemAllocator()}, rounds, &trials_, false, progress_);
  }

  Trials trials_{testing::TempDir()};
  std::ostringstream progress_;
};

TEST_F(MeasureTest, RunsEachRowInEachRound) {
  const Results results =
      Run({ShellRow("program", kProgramGroup, "echo output"),
           ShellRow("worker", kSyntheticGroup,
                    "echo operations=5 seconds=0.5 threads=1 malloc_library=/lib >&3")},
          2);
  EXPECT_FALSE(AnyFailed(results));
  ASSERT_EQ(results.rows.size(), 2u);
  EXPECT_EQ(results.rows[0].name, "program");
  EXPECT_EQ(results.rows[0].cells[0].rounds.size(), 2u);
  ASSERT_EQ(results.rows[1].cells[0].rounds.size(), 2u);
  EXPECT_EQ(results.rows[1].cells[0].rounds[1].at("seconds"), 0.5);
  EXPECT_EQ(results.rounds, 2u);
  EXPECT_NE(results.machine.find("processors, Linux"), std::string::npos) << results.machine;
  EXPECT_NE(progress_.str().find("worker, system"), std::string::npos);
}

TEST_F(MeasureTest, LeavesOutWhatIsMissing) {
  Row missing = ShellRow("missing", kProgramGroup, "true");
  missing.missing = "package p";
  const Results results = Run({missing, ShellRow("program", kProgramGroup, "true")}, 1);
  ASSERT_EQ(results.rows.size(), 1u);
  EXPECT_EQ(results.rows[0].name, "program");
}

TEST_F(MeasureTest, AProgramThatFailsIsAFailedCell) {
  const Results results = Run({ShellRow("bad", kProgramGroup, "exit 7")}, 2);
  EXPECT_TRUE(AnyFailed(results));
  EXPECT_EQ(results.rows[0].cells[0].failure, "exit status 7");
  EXPECT_TRUE(results.rows[0].cells[0].rounds.empty());
}

}  // namespace
}  // namespace hakmem::bench
