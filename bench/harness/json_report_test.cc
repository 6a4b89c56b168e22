#include "bench/harness/json_report.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace hakmem::bench {
namespace {

TEST(JsonStringTest, EscapesWhatJsonNeedsEscaped) {
  EXPECT_EQ(JsonString("plain"), "\"plain\"");
  EXPECT_EQ(JsonString("a\"b\\c\n\x01"), "\"a\\\"b\\\\c\\u000a\\u0001\"");
  EXPECT_EQ(JsonString("\xc3\xa4"), "\"\xc3\xa4\"");
}

TEST(FormatJsonTest, HoldsEveryFigure) {
  const Comparison comparison = {.worker = "",
                                 .workloads = {{.title = "w", .arguments = {"1", "8"}}},
                                 .allocators = {{.key = "a", .title = "A", .library = "/a.so"},
                                                {.key = "b", .title = "B", .library = ""}},
                                 .rounds = 2};
  Metrics metrics;
  metrics.values = {{"operations", 3}, {"seconds", 0.5}};
  metrics.malloc_library = "/a.so";
  const ResultGrid grid = {
      {{.rounds = {metrics, metrics}, .failure = ""}, {.rounds = {}, .failure = "exit status 1"}}};
  EXPECT_EQ(FormatJson("larson", comparison, grid),
            R"({"program": "larson", "rounds": 2, "workloads": [
  {"title": "w", "arguments": ["1","8"], "allocators": [
    {"key": "a", "title": "A", "library": "/a.so", "failure": "", "rounds": [
      {"malloc_library": "/a.so", "operations": 3, "seconds": 0.5},
      {"malloc_library": "/a.so", "operations": 3, "seconds": 0.5}]},
    {"key": "b", "title": "B", "library": "", "failure": "exit status 1", "rounds": []}]}]}
)");
}

TEST(WriteFileTest, ReplacesTheFileOrSaysThatItCannot) {
  const std::string path = std::string(::testing::TempDir()) + "/json_report_test.json";
  ASSERT_TRUE(WriteFile(path, "long text").ok());
  ASSERT_TRUE(WriteFile(path, "text").ok());
  std::ostringstream content;
  content << std::ifstream(path).rdbuf();
  EXPECT_EQ(content.str(), "text");
  EXPECT_FALSE(WriteFile("/nonexistent/file", "text").ok());
}

}  // namespace
}  // namespace hakmem::bench
