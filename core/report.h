// Lines of text. Never allocates; async-signal-safe; a line is one write, so that lines of several
// threads do not mix.
#ifndef HAKMEM_CORE_REPORT_H_
#define HAKMEM_CORE_REPORT_H_

#include <string_view>

#include "core/platform.h"
#include "core/settings.h"
#include "core/text.h"

namespace hakmem {

// One line, written to a file descriptor when the object dies. Longer lines are cut.
class OutputLine {
 public:
  explicit OutputLine(int fd) : fd_(fd), writer_(buffer_, sizeof(buffer_) - 1) {}
  ~OutputLine() {
    size_t length = writer_.text().size();
    buffer_[length++] = '\n';
    platform::Write(fd_, buffer_, length);
  }
  OutputLine(const OutputLine&) = delete;
  OutputLine& operator=(const OutputLine&) = delete;

  TextWriter& text() { return writer_; }

 private:
  const int fd_;
  char buffer_[512];
  TextWriter writer_;
};

// A line "hakmem: ..." on stderr.
class Line {
 public:
  Line() : line_(2) { line_.text() << "hakmem: "; }

  template <typename T>
  Line& operator<<(const T& value) {
    line_.text() << value;
    return *this;
  }

 private:
  OutputLine line_;
};

// Reports that `box` refused pointer `p` in `operation` ("free()"), because of `reason`, and ends
// the program unless the setting says to warn. When it returns, the block is leaked.
void ReportBadPointer(OnError on_error, std::string_view operation, const void* p,
                      std::string_view reason, std::string_view box);

// Reports a broken invariant of hakmem's own and ends the program: going on would lose data.
[[noreturn]] void ReportCorruption(std::string_view what, const void* where);

}  // namespace hakmem

#endif  // HAKMEM_CORE_REPORT_H_
