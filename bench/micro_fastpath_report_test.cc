#include "bench/micro_fastpath_report.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace hakmem::bench {
namespace {

Comparison OneAllocator() {
  return {.worker = "",
          .workloads = {FastPathWorkload(".", 0.01)},
          .allocators = {{.key = "a", .title = "first", .library = ""}}};
}

ResultGrid Grid(std::map<std::string, double> values) {
  Metrics metrics;
  metrics.values = std::move(values);
  return {{{.rounds = {metrics}, .failure = ""}}};
}

TEST(FastPathWorkloadTest, PassesFilterAndTime) {
  const Workload workload = FastPathWorkload("^pair/", 0.25);
  EXPECT_EQ(workload.arguments,
            (std::vector<std::string>{"--benchmark_filter=^pair/", "--benchmark_min_time=0.25"}));
  EXPECT_GT(workload.expected_seconds, 0.25);
}

TEST(FastPathHitWorkloadsTest, EachHasATitleAndAFilterOfItsOwn) {
  std::set<std::string> titles;
  std::set<std::string> filters;
  const std::vector<Workload> workloads = FastPathHitWorkloads();
  for (const Workload& workload : workloads) {
    titles.insert(workload.title);
    filters.insert(workload.arguments.front());
  }
  EXPECT_EQ(titles.size(), workloads.size());
  EXPECT_EQ(filters.size(), workloads.size());
  EXPECT_EQ(titles.count("pair, all sizes"), 1u);
}

TEST(FormatFastPathTest, ShowsTheCostAboveEmptyFunctions) {
  const std::string text =
      FormatFastPath(OneAllocator(), Grid({{"cycles:pair/64", 17.5}, {"cycles:empty_pair", 5}}));
  EXPECT_NE(text.find("pair 64                 17.5*"), std::string::npos) << text;
  EXPECT_NE(text.find("pair, empty functions    5.0*"), std::string::npos) << text;
  EXPECT_NE(text.find("pair 64                 12.5*"), std::string::npos) << text;
  EXPECT_NE(text.find("Instructions: n/a"), std::string::npos) << text;
  EXPECT_EQ(text.find("malloc 64"), std::string::npos) << "it was not measured: " << text;
}

TEST(FormatFastPathTest, ShowsInstructionsWhereTheyWereCounted) {
  const std::string text = FormatFastPath(
      OneAllocator(), Grid({{"cycles:huge", 17}, {"instructions:huge", 42}, {"counted:huge", 1}}));
  EXPECT_NE(text.find("instructions"), std::string::npos) << text;
  EXPECT_NE(text.find("42.0*"), std::string::npos) << text;
  EXPECT_EQ(text.find("n/a"), std::string::npos) << text;
}

}  // namespace
}  // namespace hakmem::bench
