#include "box/observe/size_histogram.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <memory>
#include <string>

namespace hakmem {
namespace {

char block[1];

Event Served(size_t size, size_t usable, Call call = Call::kMalloc) {
  return {.request = {.size = size, .call = call}, .address = block, .usable = usable};
}

std::string Printed(const SizeHistogram& histogram) {
  const int fd = memfd_create("histogram", 0);
  histogram.Print(fd);
  std::string text(static_cast<size_t>(lseek(fd, 0, SEEK_END)), '\0');
  EXPECT_EQ(pread(fd, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  close(fd);
  return text;
}

// The line that begins with `name`, runs of blanks made one.
std::string Line(const std::string& text, const std::string& name) {
  for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    std::string line;
    for (const char c : text.substr(at, text.find('\n', at) - at)) {
      if (c != ' ' || (!line.empty() && line.back() != ' ')) line += c;
    }
    if (line.rfind(name + " ", 0) == 0) return line;
  }
  return "no line " + name + " in\n" + text;
}

std::string UsableText(size_t size) { return std::to_string(UsableBytes(TinyClass(size))); }

class SizeHistogramTest : public testing::Test {
 protected:
  // It starts from zeroed memory, and is large for a stack.
  std::unique_ptr<SizeHistogram> histogram_ = std::make_unique<SizeHistogram>();
};

TEST_F(SizeHistogramTest, CountsEverySizeExactly) {
  for (size_t size = 0; size <= kMaxTinyRequest; ++size) {
    for (size_t n = 0; n < size % 3; ++n) {
      histogram_->Add(Served(size, UsableBytes(TinyClass(size))));
    }
  }
  for (size_t size = 0; size <= kMaxTinyRequest; ++size) {
    ASSERT_EQ(histogram_->Count(size), size % 3) << size;
  }
}

TEST_F(SizeHistogramTest, AnswersHowOften1024IsAskedFor) {
  const size_t usable = UsableBytes(TinyClass(1024));
  for (int i = 0; i < 3; ++i) histogram_->Add(Served(1024, usable));
  histogram_->Add(Served(1023, usable));
  histogram_->Add(Served(1009, usable));
  histogram_->Add(Served(1008, usable));
  for (int i = 0; i < 34; ++i) histogram_->Add(Served(100'000, 102'400));
  EXPECT_EQ(Line(Printed(*histogram_), "exactly"),
            "exactly 1024 bytes: 3 of 40 requests, 7.50%; 1009 to 1024 bytes: 5, 12.50%");
}

TEST_F(SizeHistogramTest, ShowsWhatAClassWastes) {
  const size_t usable = UsableBytes(TinyClass(100));
  for (int i = 0; i < 3; ++i) histogram_->Add(Served(usable / 2, usable));
  histogram_->Add(Served(40'000, 40'960));
  const std::string text = Printed(*histogram_);
  const std::string row = Line(text, UsableText(100));
  EXPECT_NE(row.find(" 3 75.00% " + std::to_string(3 * (usable / 2)) + " " +
                     std::to_string(3 * usable) + " "),
            std::string::npos)
      << row;
  EXPECT_EQ(row.substr(row.size() - 31), " " + std::string(30, '#')) << row;
  EXPECT_EQ(Line(text, "to 1 MiB"), "to 1 MiB 1 25.00% 40000 40960 2.34% ##########");
  EXPECT_EQ(
      Line(text, "total").rfind("total 4 100.00% " + std::to_string(3 * (usable / 2) + 40'000), 0),
      0u);
}

TEST_F(SizeHistogramTest, MidL25AndHugeHaveTheirRows) {
  histogram_->Add(Served(5000, UsableBytes(MidClass(5000))));
  histogram_->Add(Served(kSuperslabBytes - kPageBytes, kSuperslabBytes));
  histogram_->Add(Served(kSuperslabBytes + 1, kSuperslabBytes + kPageBytes));
  const std::string text = Printed(*histogram_);
  EXPECT_EQ(Line(text, std::to_string(UsableBytes(MidClass(5000)))).find("no line"),
            std::string::npos);
  EXPECT_EQ(Line(text, "to 1 MiB").rfind("to 1 MiB 1 33.33%", 0), 0u) << text;
  EXPECT_EQ(Line(text, "more").rfind("more 1 33.33%", 0), 0u) << text;
}

TEST_F(SizeHistogramTest, FreesAndFailuresDoNotCount) {
  histogram_->Add(Served(0, 0, Call::kFree));
  histogram_->Add(Served(0, 0, Call::kDelete));
  histogram_->Add({.request = {.size = 64, .call = Call::kMalloc}, .address = nullptr});
  EXPECT_EQ(histogram_->Count(0), 0u);
  EXPECT_EQ(histogram_->Count(64), 0u);
  EXPECT_EQ(Line(Printed(*histogram_), "total"), "total 0 0.00% 0 0 0.00%");
}

TEST_F(SizeHistogramTest, ClearForgetsAll) {
  histogram_->Add(Served(1024, UsableBytes(TinyClass(1024))));
  histogram_->Add(Served(100'000, 102'400));
  histogram_->Clear();
  EXPECT_EQ(histogram_->Count(1024), 0u);
  EXPECT_EQ(Line(Printed(*histogram_), "total"), "total 0 0.00% 0 0 0.00%");
}

}  // namespace
}  // namespace hakmem
