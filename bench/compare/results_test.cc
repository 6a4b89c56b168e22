#include "bench/compare/results.h"

#include <gtest/gtest.h>

#include <fstream>

#include "bench/compare/test_results.h"

namespace hakmem::bench {
namespace {

TEST(ResultsTest, JsonGivesBackWhatItWasMadeOf) {
  Results results = TestResults();
  results.quick = true;
  results.rows = {TestRow("a", {{1, 0.1}, {2}, {3}}), TestRow("b \"quoted\"", {{1}, {2}, {}})};
  results.rows[1].cells[2].failure = "signal 11";
  results.rows[0].cells[1].rss = {{0.01, 1.5}, {0.02, 2.5}};
  const std::string json = ToJson(results);
  const absl::StatusOr<Results> read = FromJson(json);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(ToJson(*read), json);
  EXPECT_EQ(read->rows[0].cells[0].rounds[1].at("seconds"), 0.1);
  EXPECT_EQ(read->rows[0].cells[1].rss, results.rows[0].cells[1].rss);
  EXPECT_EQ(read->rows[1].cells[2].failure, "signal 11");
  EXPECT_EQ(read->allocators, results.allocators);
  EXPECT_TRUE(read->quick);
  EXPECT_EQ(read->rounds, 3u);
}

TEST(ResultsTest, RefusesWhatIsMalformed) {
  EXPECT_FALSE(FromJson("").ok());
  EXPECT_FALSE(FromJson("{}").ok());
  EXPECT_FALSE(FromJson("[1, 2").ok());
  Results results = TestResults();
  results.rows = {TestRow("a", {{1}, {2}})};  // a cell is missing
  EXPECT_FALSE(FromJson(ToJson(results)).ok());
}

TEST(ResultsTest, ReadsAFile) {
  const std::string path = testing::TempDir() + "/results_test.json";
  std::ofstream(path) << ToJson(TestResults());
  EXPECT_TRUE(ReadResults(path).ok());
  EXPECT_FALSE(ReadResults(path + ".missing").ok());
}

}  // namespace
}  // namespace hakmem::bench
