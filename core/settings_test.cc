#include "core/settings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace hakmem {
namespace {

struct Answer {
  Settings settings;
  std::string errors;
};

Answer Read(std::vector<const char*> environment) {
  environment.push_back(nullptr);
  Answer answer;
  testing::internal::CaptureStderr();
  answer.settings = ReadSettings(environment.data());
  answer.errors = testing::internal::GetCapturedStderr();
  return answer;
}

size_t Lines(const std::string& text) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(SettingsTest, DefaultsWithoutVariables) {
  for (const Answer& answer : {Read({}), Read({"PATH=/bin", "HOME=/", "XHAKMEM_STATS=1"})}) {
    EXPECT_EQ(answer.settings.on_error, OnError::kAbort);
    EXPECT_FALSE(answer.settings.stats_at_exit);
    EXPECT_EQ(answer.errors, "");
  }
}

TEST(SettingsTest, NoEnvironmentAtAll) {
  EXPECT_EQ(ReadSettings(nullptr).on_error, OnError::kAbort);
}

TEST(SettingsTest, ReadsEveryValue) {
  EXPECT_EQ(Read({"HAKMEM_ON_ERROR=abort"}).settings.on_error, OnError::kAbort);
  EXPECT_EQ(Read({"HAKMEM_ON_ERROR=warn"}).settings.on_error, OnError::kWarn);
  EXPECT_FALSE(Read({"HAKMEM_STATS=0"}).settings.stats_at_exit);
  EXPECT_TRUE(Read({"HAKMEM_STATS=1"}).settings.stats_at_exit);
  const Answer both = Read({"A=b", "HAKMEM_STATS=1", "C=d", "HAKMEM_ON_ERROR=warn"});
  EXPECT_EQ(both.settings.on_error, OnError::kWarn);
  EXPECT_TRUE(both.settings.stats_at_exit);
  EXPECT_EQ(both.errors, "");
}

TEST(SettingsTest, ReadsWhatIsToBeObserved) {
  const Settings none = Read({}).settings;
  EXPECT_EQ(none.size_histogram, SizeHistogramMode::kOff);
  EXPECT_FALSE(none.trace);
  EXPECT_STREQ(none.trace_file, "hakmem.%p.trace");
  EXPECT_EQ(Read({"HAKMEM_SIZE_HIST=0"}).settings.size_histogram, SizeHistogramMode::kOff);
  EXPECT_EQ(Read({"HAKMEM_SIZE_HIST=1"}).settings.size_histogram, SizeHistogramMode::kAtExit);
  EXPECT_EQ(Read({"HAKMEM_SIZE_HIST=signal"}).settings.size_histogram,
            SizeHistogramMode::kOnSignal);
  EXPECT_FALSE(Read({"HAKMEM_MEM_TRACE=0"}).settings.trace);
  const Answer traced = Read({"HAKMEM_MEM_TRACE=1", "HAKMEM_MEM_TRACE_FILE=a b=c"});
  EXPECT_TRUE(traced.settings.trace);
  EXPECT_STREQ(traced.settings.trace_file, "a b=c");
  EXPECT_EQ(traced.errors, "");
}

TEST(SettingsTest, AnUnknownValueIsReportedOnceAndIgnored) {
  for (const char* entry : {"HAKMEM_ON_ERROR=Abort", "HAKMEM_ON_ERROR=", "HAKMEM_STATS=2",
                            "HAKMEM_STATS=1 ", "HAKMEM_STATS=1=1", "HAKMEM_SIZE_HIST=yes",
                            "HAKMEM_MEM_TRACE=2", "HAKMEM_MEM_TRACE_FILE="}) {
    const Answer answer = Read({entry});
    EXPECT_EQ(answer.settings.on_error, OnError::kAbort);
    EXPECT_FALSE(answer.settings.stats_at_exit);
    EXPECT_EQ(answer.errors, std::string("hakmem: ignoring the unknown value of ") + entry + "\n");
  }
}

TEST(SettingsTest, TheBackgroundPurgeCanBeSwitchedOff) {
  EXPECT_TRUE(Read({}).settings.background_purge);
  EXPECT_FALSE(Read({"HAKMEM_BACKGROUND_PURGE=0"}).settings.background_purge);
  EXPECT_TRUE(Read({"HAKMEM_BACKGROUND_PURGE=1"}).settings.background_purge);
}

TEST(SettingsTest, AnUnknownSettingIsReportedOnceAndIgnored) {
  for (const char* entry : {"HAKMEM_STAT=1", "HAKMEM_=1", "HAKMEM_STATS_=1", "HAKMEM_on_error=x"}) {
    const Answer answer = Read({entry});
    EXPECT_FALSE(answer.settings.stats_at_exit);
    EXPECT_EQ(answer.errors, std::string("hakmem: ignoring the unknown setting ") + entry + "\n");
  }
}

TEST(SettingsTest, TheRestIsReadAfterAnUnknownOne) {
  const Answer answer = Read({"HAKMEM_X=1", "HAKMEM_ON_ERROR=later", "HAKMEM_STATS=1"});
  EXPECT_TRUE(answer.settings.stats_at_exit);
  EXPECT_EQ(Lines(answer.errors), 2u);
}

TEST(SettingsTest, EntriesWithoutAnEqualsSignAreNoSettings) {
  EXPECT_EQ(Read({"HAKMEM_STATS", "HAKMEM_", "HAKMEM_ODD", ""}).errors, "");
}

TEST(SettingsTest, ALongValueIsCutToOneLine) {
  const std::string entry = "HAKMEM_STATS=" + std::string(5000, 'x');
  const Answer answer = Read({entry.c_str()});
  EXPECT_EQ(Lines(answer.errors), 1u);
  EXPECT_LE(answer.errors.size(), 512u);
  EXPECT_EQ(answer.errors.back(), '\n');
}

}  // namespace
}  // namespace hakmem
