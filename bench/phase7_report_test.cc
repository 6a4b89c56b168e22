#include "bench/phase7_report.h"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bench/phase7_go_no_go.h"

namespace hakmem::bench {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Metrics Make(std::map<std::string, double> values) {
  Metrics metrics;
  metrics.values = std::move(values);
  return metrics;
}

// A variant that is twice as fast as the system, in the model and measured; on two threads equal.
Phase7Results Results() {
  Phase7Results results;
  results.workloads = {"larson"};
  results.mixes = {{.tiny = 64, .mean = 64}};
  results.variants = {
      {.title = "map",
       .runs = {{100, 120, 10.4, 20, 0.03}},
       .micro = Make({{"cycles:malloc/64", 4}, {"cycles:free/64", 6}}),
       .counted = {Make(
           {{"steps.malloc_cache", 100}, {"steps.free_cache", 90}, {"steps.free_header", 10}})},
       .stream = Make({})}};
  results.variants[0].micro.values["cycles:aligned_free"] = 16;
  results.system = {.title = "system",
                    .runs = {{50, 120, 10, 20, kNaN}},
                    .micro = Make({{"cycles:malloc/64", 12}, {"cycles:free/64", 10}})};
  results.mincore = Make({{"cycles:empty", 1}, {"cycles:mincore", 301}});
  results.cores = 2;
  return results;
}

// Whether some line of `text` has all of `parts`, in their order.
bool HasLine(const std::string& text, const std::vector<std::string>& parts) {
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    const std::string line = text.substr(begin, end - begin);
    size_t at = 0;
    for (const std::string& part : parts) {
      at = at == std::string::npos ? at : line.find(part, at);
    }
    if (at != std::string::npos) return true;
    begin = end == std::string::npos ? text.size() : end + 1;
  }
  return false;
}

TEST(Phase7ReportTest, ModelShowsPredictionAndMeasurement) {
  const std::string text = FormatModel(Results());
  EXPECT_TRUE(HasLine(text, {"free, step 1", "90.000", "6.0"})) << text;
  EXPECT_TRUE(HasLine(text, {"weighted", "11.0"})) << "4 + 0.9 * 6 + 0.1 * 16: " << text;
  EXPECT_TRUE(HasLine(text, {"the system's", "22.0"})) << text;
  EXPECT_TRUE(HasLine(text, {"predicted", "2.00"})) << text;
  EXPECT_TRUE(HasLine(text, {"measured", "2.00"})) << text;
}

TEST(Phase7ReportTest, GuessesStandBesideFigures) {
  const std::string text = FormatGuesses(Results());
  EXPECT_TRUE(HasLine(text, {"cycles of malloc 64", "6-12", "4.0", "12.0"})) << text;
  EXPECT_TRUE(HasLine(text, {"mincore on every free", "634", "300.00"})) << text;
}

TEST(Phase7ReportTest, RunsHaveBothNumbersOfThreads) {
  const std::string text = FormatRuns(Results());
  EXPECT_TRUE(HasLine(text, {"larson", " 1 ", "100.0", "10.4", "50.0", "10.0"})) << text;
  EXPECT_TRUE(HasLine(text, {"larson", " 2 ", "120.0", "20.0", "120.0", "20.0"})) << text;
}

TEST(Phase7ReportTest, GoNoGoTakesTheWorst) {
  const std::string text = FormatGoNoGo(Results());
  EXPECT_TRUE(HasLine(text, {"system's", ">= 1.00", "1.00", " met"})) << text;
  EXPECT_TRUE(HasLine(text, {"system's", ">= 1.20", "1.00", "NOT MET"})) << text;
  EXPECT_TRUE(HasLine(text, {"mimalloc's", ">= 0.90", "-", "unknown"})) << text;
  EXPECT_TRUE(HasLine(text, {"RSS", "<= 1.05", "1.04", " met"})) << text;
  EXPECT_TRUE(HasLine(text, {"metadata", "<= 5.00", "3.00", " met"})) << text;
  EXPECT_TRUE(HasLine(text, {"metadata", "<= 2.00", "3.00", "NOT MET"})) << text;
  EXPECT_TRUE(HasLine(text, {"step 1", ">= 85.00", "90.00", " met"})) << text;
  EXPECT_TRUE(HasLine(text, {"step 1", ">= 95.00", "90.00", "NOT MET"})) << text;
  EXPECT_TRUE(HasLine(text, {"scaling", ">= 1.80", "1.20", "NOT MET"})) << text;
  EXPECT_NE(text.find("mimalloc is not installed"), std::string::npos) << text;
}

}  // namespace
}  // namespace hakmem::bench
