#include "bench/harness/report.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_split.h"

namespace hakmem::bench {
namespace {

const Workload kWorkload = {.title = "8-128 bytes, 1 thread", .arguments = {}};
const std::vector<Allocator> kAllocators = {
    {.key = "fast", .title = "fast", .library = "/lib/fast.so"},
    {.key = kSystemKey, .title = "system", .library = ""}};

Metrics Round(double million_operations, double mib) {
  Metrics metrics;
  metrics.values = {{"operations", million_operations * 1e6},
                    {"seconds", 1},
                    {"threads", 2},
                    {"user_seconds", 1.9},
                    {"peak_rss_kib", mib * 1024}};
  return metrics;
}

Cell Rounds(const std::vector<double>& millions, double mib) {
  Cell cell;
  for (const double million : millions) cell.rounds.push_back(Round(million, mib));
  return cell;
}

TEST(FormatWorkloadTest, ComparesWithSystemBestAndLeast) {
  const std::vector<Cell> cells = {Rounds({29, 30, 31}, 4), Rounds({19, 20, 21}, 2)};
  const ExtraColumn seconds = {"seconds", [](const Metrics& m) { return m.Get("seconds"); }, 3};
  const std::string text = FormatWorkload(kWorkload, kAllocators, cells, {seconds});
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  ASSERT_EQ(lines.size(), 7u);  // the last is empty
  EXPECT_EQ(lines[0], "8-128 bytes, 1 thread");
  EXPECT_EQ(lines[1],
            "allocator  M ops/s       min..max  vs system  vs best  peak MiB   vs least  CPU %  "
            "seconds");
  EXPECT_EQ(lines[3],
            "fast         30.00*  29.00..31.00       1.50     1.00      4.00       2.00     95  "
            "  1.000");
  EXPECT_EQ(lines[4],
            "system       20.00   19.00..21.00       1.00     0.67      2.00*      1.00     95  "
            "  1.000");
  EXPECT_EQ(lines[5], "Fastest: fast. Least memory: system.");
}

TEST(FormatWorkloadTest, SaysWhoseRangesOverlap) {
  const std::vector<Cell> cells = {Rounds({28, 30, 31}, 4), Rounds({27, 27, 28}, 2)};
  EXPECT_NE(FormatWorkload(kWorkload, kAllocators, cells, {})
                .find("Fastest: fast (ranges overlap: system)."),
            std::string::npos);
}

TEST(FormatWorkloadTest, AFailureIsSaidAndTheRestStands) {
  std::vector<Cell> cells = {Rounds({30}, 4), Rounds({20}, 2)};
  cells[0].failure = "signal 11 (Segmentation fault)";
  const std::string text = FormatWorkload(kWorkload, kAllocators, cells, {});
  EXPECT_NE(text.find("failed"), std::string::npos);
  EXPECT_NE(text.find("Failed: fast: signal 11 (Segmentation fault).\n"), std::string::npos);
  EXPECT_NE(text.find("Fastest: system."), std::string::npos);
  EXPECT_EQ(text.find("30.00"), std::string::npos) << "figures of a failed cell count for nothing";
}

TEST(FormatWorkloadTest, WithoutTheSystemThereIsNoRatioToIt) {
  const std::string text = FormatWorkload(kWorkload, {kAllocators[0]}, {Rounds({30}, 4)}, {});
  EXPECT_NE(text.find("  -  "), std::string::npos);
}

TEST(FormatWorkloadTest, NothingRun) {
  const std::string text = FormatWorkload(kWorkload, kAllocators, {Cell(), Cell()}, {});
  EXPECT_NE(text.find("not run"), std::string::npos);
  EXPECT_EQ(text.find("Fastest"), std::string::npos);
}

TEST(FormatWorkloadsTest, HasEveryTableAndOneLegend) {
  const Comparison comparison = {
      .worker = "",
      .workloads = {{.title = "first", .arguments = {}}, {.title = "second", .arguments = {}}},
      .allocators = {kAllocators[0]}};
  const std::string text = FormatWorkloads(comparison, {{Rounds({30}, 4)}, {Rounds({20}, 4)}});
  EXPECT_LT(text.find("first"), text.find("second"));
  EXPECT_LT(text.find("second"), text.find(FormatLegend()));
  EXPECT_EQ(text.find("Peak MiB:"), text.rfind("Peak MiB:"));
}

TEST(PluralTest, OneIsNone) {
  EXPECT_EQ(Plural(1, "block"), "1 block");
  EXPECT_EQ(Plural(0, "block"), "0 blocks");
  EXPECT_EQ(Plural(2, "block"), "2 blocks");
}

TEST(FormatAllocatorsTest, NamesFilesAndPackages) {
  EXPECT_EQ(FormatAllocators(kAllocators, {{"gone", "Gone", "libgone2", {}}}),
            "  fast    /lib/fast.so\n"
            "  system  no preload\n"
            "  not installed: Gone (Debian package libgone2)\n");
}

}  // namespace
}  // namespace hakmem::bench
