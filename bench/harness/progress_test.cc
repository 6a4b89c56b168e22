#include "bench/harness/progress.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>

namespace hakmem::bench {
namespace {

TEST(FormatMinutesTest, RoundsToSeconds) {
  EXPECT_EQ(FormatMinutes(0), "0:00");
  EXPECT_EQ(FormatMinutes(6.6), "0:07");
  EXPECT_EQ(FormatMinutes(59.7), "1:00");
  EXPECT_EQ(FormatMinutes(750), "12:30");
}

TEST(ProgressTest, TerminalLineIsRewrittenInPlace) {
  std::ostringstream out;
  Progress progress(4, 100, /*terminal=*/true, out);
  progress.Update(0, 0, "first");
  progress.Update(1, 10, "second");
  progress.Clear();
  EXPECT_EQ(out.str(),
            "\r\033[K[0/4] 1:40 left, now: first"
            "\r\033[K[1/4] 0:30 left, now: second"
            "\r\033[K");
}

TEST(ProgressTest, LinesElsewhereAreSparse) {
  std::ostringstream out;
  Progress progress(200, 200, /*terminal=*/false, out);
  for (size_t done = 0; done < 200; ++done) {
    progress.Update(done, static_cast<double>(done), "work");
  }
  progress.Clear();
  const std::string text = out.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 10);
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_EQ(text.substr(0, text.find('\n')), "[0/200] 3:20 left, now: work");
}

TEST(ProgressTest, TimeLeftIsNeverNegative) {
  std::ostringstream out;
  Progress progress(2, 1, /*terminal=*/true, out);
  progress.Update(0, 50, "slow");
  EXPECT_NE(out.str().find("0:00 left"), std::string::npos);
}

}  // namespace
}  // namespace hakmem::bench
