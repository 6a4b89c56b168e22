// Programs under `ulimit -v`, `ulimit -d`, and without huge pages.
//
// THP "always" can't be set for one process, "never" can: prctl(2), PR_SET_THP_DISABLE. Under
// "always" these tests run where the machine says so.

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdlib>
#include <string>

#include "testing/contracts/subprocess.h"

namespace hakmem::contracts {
namespace {

constexpr size_t kMiB = size_t{1} << 20;
constexpr size_t kLimitMiB = 512;
// Of the limit, the program's own code, its libraries and stacks take some, and rounding takes most
// of the rest: a block of 40,000 bytes has an address range of 48 KiB to itself.
constexpr size_t kLeastMiB = kLimitMiB * 2 / 3;

void LimitAddressSpace() {
  const rlimit limit = {kLimitMiB * kMiB, kLimitMiB * kMiB};
  setrlimit(RLIMIT_AS, &limit);
}

void LimitData() {
  const rlimit limit = {kLimitMiB * kMiB, kLimitMiB * kMiB};
  setrlimit(RLIMIT_DATA, &limit);
}

// So little that an allocator's usual reservation can't be had many times over.
void LimitAddressSpaceTightly() {
  const rlimit limit = {128 * kMiB, 128 * kMiB};
  setrlimit(RLIMIT_AS, &limit);
}

void DisableHugePages() { prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0); }

Outcome RunTask(const char* task, size_t size, void (*prepare)()) {
  return RunProgram({.arguments = {ProgramPath("LIMITS_PROGRAM"), task, std::to_string(size)},
                     .prepare = prepare});
}

class LimitsTest : public testing::TestWithParam<size_t> {};

TEST_P(LimitsTest, AllOfALimitedAddressSpaceCanBeUsed) {
  const Outcome outcome = RunTask("fill", GetParam(), LimitAddressSpace);
  EXPECT_EQ(0, outcome.exit_code) << outcome.ToString();
  EXPECT_NE(std::string::npos, outcome.output.find("ok\n")) << outcome.ToString();
  EXPECT_LE(kLeastMiB, std::strtoull(outcome.output.c_str(), nullptr, 10)) << outcome.ToString();
  EXPECT_EQ("", outcome.errors);
}

TEST_P(LimitsTest, AllOfALimitedDataSegmentCanBeUsed) {
  const Outcome outcome = RunTask("fill", GetParam(), LimitData);
  EXPECT_EQ(0, outcome.exit_code) << outcome.ToString();
  EXPECT_NE(std::string::npos, outcome.output.find("ok\n")) << outcome.ToString();
  EXPECT_LE(kLeastMiB, std::strtoull(outcome.output.c_str(), nullptr, 10)) << outcome.ToString();
  EXPECT_EQ("", outcome.errors);
}

INSTANTIATE_TEST_SUITE_P(BlockSizes, LimitsTest,
                         testing::Values(64, 1000, 5000, 40'000, kMiB, 20 * kMiB));

TEST(TightLimitTest, SmallProgramsRun) {
  const Outcome outcome = RunTask("work", 0, LimitAddressSpaceTightly);
  EXPECT_EQ(0, outcome.exit_code) << outcome.ToString();
}

TEST(NewHandlerTest, FreesMemoryAndNewSucceeds) {
  for (const size_t size : {4 * kMiB, 16 * kMiB, 40'000UL}) {
    const Outcome outcome = RunTask("handler", size, LimitAddressSpace);
    EXPECT_EQ(0, outcome.exit_code) << size << "\n" << outcome.ToString();
    EXPECT_NE(std::string::npos, outcome.output.find("ok\n")) << outcome.ToString();
  }
}

TEST(HugePagesTest, ProgramsRunWithoutThem) {
  const Outcome outcome = RunTask("work", 0, DisableHugePages);
  EXPECT_EQ(0, outcome.exit_code) << outcome.ToString();
  EXPECT_EQ("ok\n", outcome.output);
}

}  // namespace
}  // namespace hakmem::contracts
