#include "bench/harness/runfiles.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace hakmem::bench {
namespace {

namespace fs = std::filesystem;

class RunfilesTest : public ::testing::Test {
 protected:
  RunfilesTest() : directory_(std::string(::testing::TempDir()) + "/runfiles_test") {
    unsetenv("RUNFILES_DIR");
    unsetenv("TEST_SRCDIR");
  }
  ~RunfilesTest() override { fs::remove_all(directory_); }

  std::string MakeFile(const std::string& path) {
    const fs::path file = fs::path(directory_) / path;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << "x";
    return file.string();
  }

  std::string directory_;
};

TEST_F(RunfilesTest, LooksInTheTreeBesideTheProgram) {
  const std::string program = MakeFile("bench/program");
  const std::string data = MakeFile("bench/program.runfiles/workspace/box/lib.so");
  EXPECT_EQ(FindRunfile(RunfilesRoots(program), "box/lib.so"), data);
}

TEST_F(RunfilesTest, TheEnvironmentCountsFirst) {
  const std::string program = MakeFile("bench/program");
  MakeFile("bench/program.runfiles/workspace/box/lib.so");
  const std::string data = MakeFile("elsewhere/workspace/box/lib.so");
  setenv("RUNFILES_DIR", (directory_ + "/elsewhere").c_str(), 1);
  EXPECT_EQ(FindRunfile(RunfilesRoots(program), "box/lib.so"), data);
  unsetenv("RUNFILES_DIR");
}

TEST_F(RunfilesTest, FallsBackToTheOutputDirectory) {
  const std::string program = MakeFile("bench/program");
  const std::string data = MakeFile("box/lib.so");
  EXPECT_EQ(FindRunfile(RunfilesRoots(program), "box/lib.so"), data);
}

TEST_F(RunfilesTest, EmptyWhenThereIsNone) {
  EXPECT_EQ(FindRunfile(RunfilesRoots(MakeFile("bench/program")), "box/lib.so"), "");
  EXPECT_EQ(FindRunfile({}, "box/lib.so"), "");
}

}  // namespace
}  // namespace hakmem::bench
