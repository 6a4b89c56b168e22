#include "bench/compare/rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace hakmem::bench {
namespace {

RowOptions Options() {
  RowOptions options;
  for (const std::string& name : WorkerNames()) options.workers[name] = "/" + name;
  return options;
}
const RowOptions kOptions = Options();

std::vector<std::string> Names(const absl::StatusOr<std::vector<Row>>& rows) {
  std::vector<std::string> names;
  for (const Row& row : rows.value()) names.push_back(row.name);
  return names;
}

const Row& Find(const std::vector<Row>& rows, const std::string& name) {
  return *std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.name == name; });
}

TEST(SyntheticRowsTest, HaveNamesOfTheirOwnAndCallAWorker) {
  std::set<std::string> names;
  for (const Row& row : SyntheticRows(kOptions)) {
    names.insert(row.name);
    EXPECT_EQ(row.group, kSyntheticGroup);
    EXPECT_NE(row.process.program.find("_worker"), std::string::npos) << row.name;
    EXPECT_GT(row.expected_seconds, 0);
  }
  EXPECT_EQ(names.size(), SyntheticRows(kOptions).size());
}

TEST(SyntheticRowsTest, IdleRowsWaitAndSayWhichMemoryTheyShow) {
  const std::vector<Row> rows = SyntheticRows(kOptions);
  EXPECT_EQ(Find(rows, "idle_1s").process.arguments,
            (std::vector<std::string>{"idle", "--scale=1", "--wait=1"}));
  EXPECT_EQ(Find(rows, "idle_10s").memory, "RSS 10 s after the peak was freed");
  EXPECT_GT(Find(rows, "idle_10s").process.sample_seconds, 0);
}

TEST(SyntheticRowsTest, SelfCheckReachesEveryWorker) {
  RowOptions checked = kOptions;
  checked.self_check = true;
  const std::vector<Row> plain_rows = SyntheticRows(kOptions);
  const std::vector<Row> rows = SyntheticRows(checked);
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_NE(rows[i].process.arguments, plain_rows[i].process.arguments) << rows[i].name;
  }
  EXPECT_EQ(Find(rows, "random_mixed").process.arguments,
            (std::vector<std::string>{"15000000", "16", "4096", "1", "2", "8192", "1"}));
}

TEST(SyntheticRowsTest, QuickDoesLess) {
  RowOptions quick = kOptions;
  quick.quick = true;
  const std::vector<std::string> names = Names(SyntheticRows(quick));
  EXPECT_EQ(std::count(names.begin(), names.end(), "idle_10s"), 0);
  EXPECT_EQ(Find(SyntheticRows(quick), "trees").process.arguments[1], "--scale=0.3");
}

TEST(SelectRowsTest, MatchesWholeNamesInTheirOwnOrder) {
  const std::vector<Row> rows = SyntheticRows(kOptions);
  EXPECT_EQ(Names(SelectRows(rows, {})), Names(rows));
  EXPECT_EQ(Names(SelectRows(rows, {"trees", "batch_.*o"})),
            (std::vector<std::string>{"batch_lifo", "batch_fifo", "trees"}));
  EXPECT_FALSE(SelectRows(rows, {"tree"}).ok());
  EXPECT_FALSE(SelectRows(rows, {"trees", "("}).ok());
}

TEST(FormatTest, SaysWhatIsMissing) {
  const std::vector<Row> rows = {{.name = "a",
                                  .title = "about a",
                                  .group = kProgramGroup,
                                  .process = {},
                                  .system_preload = "",
                                  .missing = ""},
                                 {.name = "b",
                                  .title = "about b",
                                  .group = kProgramGroup,
                                  .process = {},
                                  .system_preload = "",
                                  .missing = "package b"}};
  EXPECT_EQ(FormatRowList(rows),
            "a                  about a\n"
            "b                  about b (package b is not installed)\n");
  EXPECT_EQ(FormatMissing(rows), "  skipped: b (package b is not installed)\n");
}

}  // namespace
}  // namespace hakmem::bench
