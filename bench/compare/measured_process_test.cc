#include "bench/compare/measured_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>

namespace hakmem::bench {
namespace {

ProcessSpec Shell(const std::string& script) {
  ProcessSpec spec;
  spec.program = "/bin/sh";
  spec.arguments = {"-c", script};
  return spec;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string MakeFifo(const std::string& name) {
  std::string path = testing::TempDir() + "/measured_process_test." + name;
  unlink(path.c_str());
  EXPECT_EQ(mkfifo(path.c_str(), 0600), 0);
  return path;
}

TEST(MeasuredProcessTest, MeasuresAndCollectsTheReport) {
  ProcessSpec spec = Shell("echo report >&3; echo \"$WORD\"");
  spec.environment = {"WORD=output"};
  spec.output = testing::TempDir() + "/measured_process_test.out";
  const absl::StatusOr<ProcessResult> result = RunMeasured(spec);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->report, "report\n");
  EXPECT_EQ(ReadFile(spec.output), "output\n");
  EXPECT_GT(result->seconds, 0);
  EXPECT_GT(result->values.at("peak_rss_kib"), 0);
  EXPECT_GT(result->values.at("minor_faults"), 0);
  EXPECT_GE(result->values.at("user_seconds") + result->values.at("system_seconds"), 0);
  EXPECT_TRUE(result->samples.empty());
}

TEST(MeasuredProcessTest, CountsWhatItsChildrenUse) {
  // The child allocates far more than its parent: awk doubles a string to 32 MiB.
  const absl::StatusOr<ProcessResult> result =
      RunMeasured(Shell("gawk 'BEGIN { s = \"x\"; while (length(s) < 33554432) s = s s; }'; true"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_GT(result->values.at("peak_rss_kib"), 32 * 1024);
}

TEST(MeasuredProcessTest, SaysHowItEnded) {
  EXPECT_EQ(RunMeasured(Shell("exit 3")).status().message(), "exit status 3");
  EXPECT_EQ(RunMeasured(Shell("kill -9 $$")).status().message(), "signal 9 (Killed)");
  ProcessSpec spec;
  spec.program = "/nonexistent";
  EXPECT_EQ(RunMeasured(spec).status().message(), "exit status 127");
}

TEST(MeasuredProcessTest, KillsTheWholeGroupAtTheTimeout) {
  const std::string fifo = MakeFifo("killed");
  const int end = open(fifo.c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(end, 0);
  ProcessSpec spec = Shell("{ echo started; sleep 1000; } >'" + fifo + "' & wait");
  spec.timeout_seconds = 2;
  EXPECT_EQ(RunMeasured(spec).status().code(), absl::StatusCode::kDeadlineExceeded);
  // The end of file comes when the last writer, the grandchild, is gone. There is no other limit
  // than the test's own.
  std::string text;
  char buffer[64];
  pollfd readable = {.fd = end, .events = POLLIN, .revents = 0};
  ssize_t got;
  do {
    poll(&readable, 1, -1);
    got = read(end, buffer, sizeof(buffer));
    if (got > 0) text.append(buffer, static_cast<size_t>(got));
  } while (got > 0 || (got < 0 && errno == EAGAIN));
  EXPECT_EQ(text, "started\n");
  close(end);
}

TEST(MeasuredProcessTest, SamplesMemoryWhileItRuns) {
  ProcessSpec spec = Shell("sleep 0.5");
  spec.sample_seconds = 0.01;
  const absl::StatusOr<ProcessResult> result = RunMeasured(spec);
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_FALSE(result->samples.empty());
  EXPECT_GT(result->samples[0].second, 0);
  EXPECT_LE(result->samples.back().first, result->seconds);
}

TEST(MeasuredProcessTest, RunsAClientBesideIt) {
  // The process waits for the client, which makes a file.
  const std::string file = testing::TempDir() + "/measured_process_test.made";
  unlink(file.c_str());
  ProcessSpec spec = Shell("until [ -e '" + file + "' ]; do sleep 0.01; done; rm '" + file + "'");
  spec.client = ": >'" + file + "'; echo of the client";
  spec.output = testing::TempDir() + "/measured_process_test.client";
  const absl::StatusOr<ProcessResult> result = RunMeasured(spec);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(ReadFile(spec.output), "of the client\n");
  spec.client = ": >'" + file + "'; exit 4";
  EXPECT_EQ(RunMeasured(spec).status().message(), "client: exit status 4");
}

}  // namespace
}  // namespace hakmem::bench
