// HAKMEM_ON_ERROR and what a program that frees bad pointers says and does.

#include <gtest/gtest.h>

#include <csignal>
#include <sstream>
#include <string>
#include <vector>

#include "testing/contracts/subprocess.h"

namespace hakmem::contracts {
namespace {

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

Outcome RunTask(const char* task, std::vector<std::string> environment) {
  return RunProgram({{ProgramPath("ON_ERROR_PROGRAM"), task}, environment});
}

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(OnErrorTest, AbortIsTheDefault) {
  for (const std::vector<std::string>& environment :
       {std::vector<std::string>{}, {"HAKMEM_ON_ERROR=abort"}}) {
    const Outcome outcome = RunTask("free-static", environment);
    EXPECT_EQ(SIGABRT, outcome.signal) << outcome.ToString();
    const std::vector<std::string> lines = Lines(outcome.errors);
    ASSERT_EQ(1U, lines.size()) << outcome.ToString();
    EXPECT_EQ(0U, lines[0].find("hakmem: ")) << lines[0];
    const std::string address = Lines(outcome.output).at(0);
    EXPECT_TRUE(Contains(lines[0], address)) << outcome.ToString();
  }
}

TEST(OnErrorTest, WarnPrintsALineForEachAndGoesOn) {
  const Outcome outcome = RunTask("free-many", {"HAKMEM_ON_ERROR=warn"});
  EXPECT_EQ(0, outcome.exit_code) << outcome.ToString();
  const std::vector<std::string> addresses = Lines(outcome.output);
  const std::vector<std::string> lines = Lines(outcome.errors);
  ASSERT_EQ(7U, addresses.size()) << outcome.ToString();
  EXPECT_EQ("survived", addresses.back());
  ASSERT_EQ(6U, lines.size()) << outcome.ToString();
  for (size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(0U, lines[i].find("hakmem: ")) << lines[i];
    EXPECT_TRUE(Contains(lines[i], addresses[i])) << lines[i] << " is not about " << addresses[i];
  }
}

TEST(OnErrorTest, AnUnknownValueIsReportedOnceAndIgnored) {
  const Outcome outcome = RunTask("work", {"HAKMEM_ON_ERROR=banana"});
  EXPECT_EQ(0, outcome.exit_code) << outcome.ToString();
  EXPECT_EQ("survived\n", outcome.output);
  const std::vector<std::string> lines = Lines(outcome.errors);
  ASSERT_EQ(1U, lines.size()) << outcome.ToString();
  EXPECT_EQ(0U, lines[0].find("hakmem: ")) << lines[0];
  EXPECT_TRUE(Contains(lines[0], "HAKMEM_ON_ERROR")) << lines[0];
  EXPECT_TRUE(Contains(lines[0], "banana")) << lines[0];
  EXPECT_EQ(SIGABRT, RunTask("free-static", {"HAKMEM_ON_ERROR=banana"}).signal);
}

TEST(OnErrorTest, AGoodProgramIsSilent) {
  for (const char* value : {"HAKMEM_ON_ERROR=abort", "HAKMEM_ON_ERROR=warn"}) {
    const Outcome outcome = RunTask("work", {value});
    EXPECT_EQ(0, outcome.exit_code) << outcome.ToString();
    EXPECT_EQ("survived\n", outcome.output);
    EXPECT_EQ("", outcome.errors);
  }
}

}  // namespace
}  // namespace hakmem::contracts
