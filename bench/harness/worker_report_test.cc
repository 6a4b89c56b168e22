#include "bench/harness/worker_report.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "bench/harness/metrics.h"

namespace hakmem::bench {
namespace {

constexpr WorkDone kWork = {.operations = 12, .seconds = 0.5, .threads = 2};

// What WriteReport writes for `usage` and `extra`, without the newline.
std::string Report(const ProcessUsage& usage, const char* extra) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  EXPECT_TRUE(WriteReport(ends[1], kWork, usage, extra));
  close(ends[1]);
  char text[4096];
  const ssize_t length = read(ends[0], text, sizeof(text));
  close(ends[0]);
  EXPECT_GT(length, 0);
  EXPECT_EQ(text[length - 1], '\n');
  return std::string(text, static_cast<size_t>(length) - 1);
}

TEST(ParsePeakRssTest, FindsTheLine) {
  EXPECT_EQ(ParsePeakRssKib("Name:\tx\nVmPeak:\t  99 kB\nVmHWM:\t  1234 kB\nVmRSS:\t 7 kB\n"),
            1234u);
  EXPECT_EQ(ParsePeakRssKib("Name:\tx\n"), 0u);
  EXPECT_EQ(ParsePeakRssKib(""), 0u);
}

TEST(WorkerReportTest, RunnerReadsWhatTheWorkerWrites) {
  const ProcessUsage usage = {.peak_rss_kib = 4096,
                              .user_seconds = 1.25,
                              .system_seconds = 0.5,
                              .minor_faults = 77,
                              .major_faults = 1};
  const auto metrics = ParseReport(Report(usage, "handovers=3 errors=0"));
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  EXPECT_EQ(metrics->Get("operations"), 12);
  EXPECT_EQ(metrics->Get("seconds"), 0.5);
  EXPECT_EQ(metrics->Get("threads"), 2);
  EXPECT_EQ(metrics->PeakRssMib(), 4);
  EXPECT_EQ(metrics->Get("user_seconds"), 1.25);
  EXPECT_EQ(metrics->Get("minor_faults"), 77);
  EXPECT_EQ(metrics->Get("handovers"), 3);
  EXPECT_FALSE(metrics->malloc_library.empty());
}

TEST(WorkerReportTest, ExtraMayBeEmpty) {
  EXPECT_TRUE(ParseReport(Report(ProcessUsage(), "")).ok());
}

std::string Steps(const char* json, size_t capacity) {
  std::string text(capacity, 'x');
  FormatSteps(json, text.data(), capacity);
  return text.c_str();
}

TEST(FormatStepsTest, FindsEachStep) {
  constexpr char kJson[] =
      "{\"version\": \"1\", \"heaps\": 2, \"steps\": {\"malloc_cache\": 12, \"free_run\": 0}, "
      "\"more\": {\"x\": 3}}";
  EXPECT_EQ(Steps(kJson, 100), " steps.malloc_cache=12 steps.free_run=0");
}

TEST(FormatStepsTest, IsEmptyWithoutStepsOrRoom) {
  EXPECT_EQ(Steps("{\"heaps\": 2}", 100), "");
  EXPECT_EQ(Steps("", 100), "");
  EXPECT_EQ(Steps("{\"steps\": {}}", 100), "");
  EXPECT_EQ(Steps("{\"steps\": {\"malloc_cache\": 12}}", 10), "");
}

std::string Heap(const char* json, size_t capacity) {
  std::string text(capacity, 'x');
  FormatHeap(json, text.data(), capacity);
  return text.c_str();
}

TEST(FormatHeapTest, FindsBothSizesOrNone) {
  constexpr char kJson[] = "{\"peak_used_bytes\": 65536, \"heaps\": 2, \"metadata_bytes\": 4096}";
  EXPECT_EQ(Heap(kJson, 100), " heap.metadata_bytes=4096 heap.peak_used_bytes=65536");
  EXPECT_EQ(Heap(kJson, 20), "");
  EXPECT_EQ(Heap("{\"metadata_bytes\": 4096}", 100), "");
  EXPECT_EQ(Heap("{\"peak_used_bytes\": 65536}", 100), "");
}

TEST(WorkerReportTest, UsageOfThisProcessIsPlausible) {
  const ProcessUsage usage = ReadProcessUsage();
  EXPECT_GT(usage.peak_rss_kib, 100u);
  EXPECT_GT(usage.minor_faults, 0u);
}

TEST(WorkerReportTest, SaysWhenItCannotWrite) {
  EXPECT_FALSE(WriteReport(-1, kWork, ProcessUsage(), ""));
}

}  // namespace
}  // namespace hakmem::bench
