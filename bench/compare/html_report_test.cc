// The page must be well-formed, self-contained, and show what was measured.
#include "bench/compare/html_report.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "bench/compare/charts.h"
#include "bench/compare/test_results.h"

namespace hakmem::bench {
namespace {

Results SomeResults() {
  Results results = TestResults();
  results.machine = "a <machine> & \"more\"";
  results.rows = {TestRow("first", {{1}, {1.5}, {20}}), TestRow("second", {{2}, {1}, {}})};
  results.rows[1].cells[2].failure = "exit <status> 9";
  results.rows[0].cells[0].rss = {{0.01, 10}, {0.5, 80}, {1.0, 20}};
  return results;
}

int CountOf(const std::string& text, const std::string& part) {
  int count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(HtmlReportTest, IsWellFormed) {
  const std::string path = testing::TempDir() + "/html_report_test.html";
  std::ofstream(path) << FormatHtml(SomeResults());
  EXPECT_EQ(system(("/usr/bin/xmllint --noout '" + path + "'").c_str()), 0);
  std::ofstream(path) << FormatHtml(TestResults());  // no rows
  EXPECT_EQ(system(("/usr/bin/xmllint --noout '" + path + "'").c_str()), 0);
}

TEST(HtmlReportTest, ThePictureIsWellFormedAndNamesWhatItShows) {
  const std::string path = testing::TempDir() + "/picture.svg";
  const std::string picture = RatioPicture(SomeResults());
  std::ofstream(path) << picture;
  EXPECT_EQ(system(("/usr/bin/xmllint --noout '" + path + "'").c_str()), 0);
  EXPECT_EQ(CountOf(picture, "<svg"), 1);
  EXPECT_EQ(CountOf(picture, ">first<"), 2) << "once for time, once for memory";
}

TEST(HtmlReportTest, NeedsNothingElse) {
  const std::string html = FormatHtml(SomeResults());
  for (const char* part : {"src=", "href=", "url(", "@import", "<script"}) {
    EXPECT_EQ(CountOf(html, part), 0) << part;
  }
}

TEST(HtmlReportTest, ShowsTheRowsTheFailureAndTheCurves) {
  const std::string html = FormatHtml(SomeResults());
  EXPECT_EQ(CountOf(html, "<svg "), 5);  // two means, two ratios, one of memory over time
  EXPECT_EQ(CountOf(html, "<polyline "), 1);
  EXPECT_GE(CountOf(html, ">first<"), 2);
  EXPECT_GE(CountOf(html, ">second<"), 2);
  EXPECT_GE(CountOf(html, "Failed: system: exit &lt;status&gt; 9"), 1);
  EXPECT_EQ(CountOf(html, "Resident memory over time"), 1);
}

TEST(RatioChartTest, HasADotForEachFigure) {
  const std::string chart = RatioChart(SomeResults(), Measure::kTime);
  EXPECT_EQ(CountOf(chart, "<circle "), 5);  // six cells, one failed
  EXPECT_EQ(CountOf(chart, "system: 20.00"), 1);
  // Beyond the axis: at its end, with the value beside it.
  EXPECT_EQ(CountOf(chart, ">20<"), 1);
}

TEST(RssChartTest, IsEmptyWithoutSamples) {
  const Results results = SomeResults();
  EXPECT_EQ(RssChart(results, results.rows[1]), "");
}

TEST(ColorTest, DiffersForSevenAllocators) {
  for (size_t a = 0; a < 7; ++a) {
    for (size_t b = 0; b < a; ++b) EXPECT_NE(ColorOf(a), ColorOf(b));
  }
}

}  // namespace
}  // namespace hakmem::bench
