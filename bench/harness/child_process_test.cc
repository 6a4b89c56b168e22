#include "bench/harness/child_process.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace hakmem::bench {
namespace {

absl::StatusOr<std::string> RunShell(const std::string& script, double timeout_seconds = 600) {
  return RunChild({.program = "/bin/sh",
                   .arguments = {"-c", script},
                   .preload = "",
                   .timeout_seconds = timeout_seconds});
}

TEST(ChildEnvironmentTest, ReplacesThePreloadOnly) {
  const char* const environment[] = {"A=1", "LD_PRELOAD=/old.so", "LD_PRELOADED=2", nullptr};
  EXPECT_EQ(ChildEnvironment(environment, "/new.so"),
            (std::vector<std::string>{"A=1", "LD_PRELOADED=2", "LD_PRELOAD=/new.so"}));
  EXPECT_EQ(ChildEnvironment(environment, ""), (std::vector<std::string>{"A=1", "LD_PRELOADED=2"}));
  EXPECT_EQ(ChildEnvironment(environment, std::nullopt),
            (std::vector<std::string>{"A=1", "LD_PRELOAD=/old.so", "LD_PRELOADED=2"}));
}

TEST(RunChildTest, ReturnsTheFirstLineOfTheReport) {
  const auto report = RunShell("echo ops=1 >&3; echo more >&3");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(*report, "ops=1");
}

TEST(RunChildTest, PassesArgumentsUnchanged) {
  const auto report = RunChild({.program = "/bin/sh",
                                .arguments = {"-c", "echo \"$1\" >&3", "sh", "a b  c"},
                                .preload = ""});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(*report, "a b  c");
}

TEST(RunChildTest, LongReportsDoNotBlockTheChild) {
  const auto report = RunShell(
      "i=0; while [ $i -lt 5000 ]; do echo 0123456789012345678901234 >&3; "
      "i=$((i+1)); done");
  EXPECT_TRUE(report.ok()) << report.status();
}

TEST(RunChildTest, SaysHowTheChildFailed) {
  EXPECT_EQ(RunShell("exit 7").status().message(), "exit status 7");
  EXPECT_EQ(RunShell("echo partly >&3; kill -9 $$").status().message(), "signal 9 (Killed)");
  EXPECT_EQ(RunShell("true").status().message(), "no report");
  EXPECT_FALSE(RunChild({.program = "/nonexistent", .arguments = {}, .preload = ""}).ok());
}

TEST(RunChildTest, KillsAChildThatDoesNotEnd) {
  const auto report = RunShell("exec sleep 1000", /*timeout_seconds=*/0.01);
  EXPECT_EQ(report.status().code(), absl::StatusCode::kDeadlineExceeded);
}

}  // namespace
}  // namespace hakmem::bench
