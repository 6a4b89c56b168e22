#include "bench/compare/programs.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "bench/harness/runfiles.h"

namespace hakmem::bench {
namespace {

std::string script;  // path of make_inputs.py, set by main

const ProgramFiles kFiles = {.scripts = "/scripts", .inputs = "/inputs", .scratch = "/scratch"};

TEST(ProgramRowsTest, NameFilesAndWhatIsMissing) {
  std::set<std::string> names;
  for (const Row& row : ProgramRows(kFiles, {})) {
    names.insert(row.name);
    EXPECT_EQ(row.group, kProgramGroup);
    EXPECT_EQ(row.missing.empty(), access(row.process.program.c_str(), X_OK) == 0) << row.name;
    for (const std::string& argument : row.process.arguments) {
      EXPECT_EQ(argument.find("{scripts}"), std::string::npos);
      EXPECT_EQ(argument.find("{inputs}"), std::string::npos);
      EXPECT_EQ(argument.find("{scratch}"), std::string::npos);
    }
  }
  EXPECT_EQ(names.size(), ProgramRows(kFiles, {}).size());
}

TEST(ProgramRowsTest, RedisRunsUnderTheSystemsMallocUnlessToldOtherwise) {
  for (const Row& row : ProgramRows(kFiles, {})) {
    EXPECT_EQ(row.system_preload.empty(), row.name != "redis");
    EXPECT_EQ(row.process.client.empty(), row.name != "redis");
    if (row.name != "redis") continue;
    EXPECT_NE(row.system_preload.find("libc.so"), std::string::npos);
  }
}

TEST(AnyProgramTest, CountsOnlyWhatIsInstalled) {
  Row row;
  row.group = kProgramGroup;
  EXPECT_TRUE(AnyProgram({row}));
  row.missing = "package p";
  EXPECT_FALSE(AnyProgram({row}));
  row = Row();
  row.group = kSyntheticGroup;
  EXPECT_FALSE(AnyProgram({row}));
}

class MakeInputsTest : public testing::Test {
 protected:
  MakeInputsTest() {
    std::filesystem::remove_all(cache_);
    std::filesystem::create_directories(cache_);
  }
  // A script that makes inputs of what it is told, once.
  void WriteScript(const std::string& text) { std::ofstream(script_) << text; }

  const std::string cache_ = testing::TempDir() + "/programs_test";
  const std::string script_ = cache_ + "/make.py";
};

TEST_F(MakeInputsTest, RunsTheScriptOnceForEachOfItsVersions) {
  WriteScript(
      "import os, sys\nos.mkdir(sys.argv[2])\nopen(sys.argv[2] + '/' + sys.argv[1], 'w')\n");
  const std::string directory = InputsDirectory(script_, cache_, false);
  ASSERT_TRUE(MakeInputs(script_, directory, false).ok());
  EXPECT_TRUE(std::filesystem::exists(directory + "/1"));
  EXPECT_TRUE(MakeInputs(script_, directory, false).ok());  // would fail if it made it again
  EXPECT_NE(InputsDirectory(script_, cache_, true), directory);
  WriteScript("raise SystemExit(1)");
  EXPECT_NE(InputsDirectory(script_, cache_, false), directory);
}

TEST_F(MakeInputsTest, SaysThatTheScriptFailed) {
  WriteScript("raise SystemExit(5)");
  const absl::Status status = MakeInputs(script_, cache_ + "/inputs", false);
  EXPECT_EQ(status.message(), "make_inputs.py: exit status 5");
}

TEST(MakeInputsScriptTest, MakesTheSameFilesEveryTime) {
  const std::string first = testing::TempDir() + "/programs_test_first";
  const std::string second = testing::TempDir() + "/programs_test_second";
  for (const std::string& directory : {first, second}) {
    std::filesystem::remove_all(directory);
    const std::string command = "/usr/bin/python3 '" + script + "' 0.002 '" + directory + "'";
    ASSERT_EQ(system(command.c_str()), 0);
  }
  // Git packs what it imports under a name that says what is in it, so that is compared too.
  EXPECT_EQ(system(("diff -r '" + first + "' '" + second + "'").c_str()), 0);
}

TEST(CacheDirectoryTest, FollowsTheEnvironment) {
  setenv("XDG_CACHE_HOME", "/cache", 1);
  EXPECT_EQ(CacheDirectory(), "/cache/hakmem");
  unsetenv("XDG_CACHE_HOME");
  setenv("HOME", "/home/me", 1);
  EXPECT_EQ(CacheDirectory(), "/home/me/.cache/hakmem");
}

}  // namespace
}  // namespace hakmem::bench

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  hakmem::bench::script = hakmem::bench::FindRunfile(hakmem::bench::RunfilesRoots(argv[0]),
                                                     "bench/compare/programs/make_inputs.py");
  return RUN_ALL_TESTS();
}
