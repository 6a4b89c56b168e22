#include "bench/compare/gated_child.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hakmem::bench {
namespace {

GatedChild::Program Shell(const std::string& script) {
  return {.path = "/bin/sh", .arguments = {"-c", script}, .environment = {}, .output = "/dev/null"};
}

TEST(GatedChildTest, DoesNothingUntilTheGateOpens) {
  const std::string file = testing::TempDir() + "/gated_child_test.made";
  unlink(file.c_str());
  GatedChild child(Shell(": >'" + file + "'; exit 3"));
  ASSERT_TRUE(child.ok());
  EXPECT_FALSE(child.EndsWithin(0.1));
  EXPECT_NE(access(file.c_str(), F_OK), 0);
  child.Open();
  rusage usage;
  const int status = child.Wait(&usage);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 3);
  EXPECT_EQ(access(file.c_str(), F_OK), 0);
  EXPECT_GT(usage.ru_maxrss, 0);
}

TEST(GatedChildTest, IsKilledWithItsObject) {
  pid_t pid = -1;
  {
    GatedChild child(Shell("sleep 1000"));
    ASSERT_TRUE(child.ok());
    pid = child.pid();
    child.Open();
  }
  EXPECT_EQ(kill(pid, 0), -1);  // it has been waited for
}

TEST(GatedChildTest, SaysThatThereIsNoSuchProgram) {
  GatedChild child(
      {.path = "/nonexistent", .arguments = {}, .environment = {}, .output = "/dev/null"});
  child.Open();
  rusage usage;
  EXPECT_EQ(WEXITSTATUS(child.Wait(&usage)), 127);
}

}  // namespace
}  // namespace hakmem::bench
