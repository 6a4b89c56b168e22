// Operators of the program's own ([new.delete]: a program may replace some and keep the others).

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "testing/contracts/subprocess.h"

namespace hakmem::contracts {
namespace {

void ExpectOk(const Outcome& outcome) {
  EXPECT_EQ(0, outcome.exit_code) << outcome.ToString();
  EXPECT_EQ("ok\n", outcome.output) << outcome.ToString();
  EXPECT_EQ("", outcome.errors);
}

TEST(OwnOperatorsTest, AreCalledByTheOtherFormsOfTheLibrary) {
  const std::string library = std::filesystem::absolute(ProgramPath("LIBHAKMEM")).string();
  for (const char* program : {"OWN_OPERATORS_PROGRAM", "OWN_ARRAY_OPERATORS_PROGRAM"}) {
    ExpectOk(RunProgram({{ProgramPath(program)}, {"LD_PRELOAD=" + library}}));
  }
}

TEST(OwnOperatorsTest, MayBeLinkedBesideOurs) {
  ExpectOk(RunProgram({{ProgramPath("LINKED_OWN_OPERATORS_PROGRAM")}}));
}

TEST(OwnOperatorsTest, MayBeLinkedBesideOursStatically) {
  ExpectOk(RunProgram({{ProgramPath("STATIC_OWN_OPERATORS_PROGRAM")}}));
}

}  // namespace
}  // namespace hakmem::contracts
