// Lines on stderr. Never allocates; async-signal-safe; a line is one write, so that lines of
// several threads do not mix.
#ifndef HAKMEM_CORE_REPORT_H_
#define HAKMEM_CORE_REPORT_H_

#include <string_view>

#include "core/platform.h"
#include "core/settings.h"
#include "core/text.h"

namespace hakmem {

// One line "hakmem: ...", written when the object dies. Longer lines are cut.
class Line {
 public:
  Line() : writer_(buffer_, sizeof(buffer_) - 1) { writer_ << "hakmem: "; }
  ~Line() {
    size_t length = writer_.text().size();
    buffer_[length++] = '\n';
    platform::Write(2, buffer_, length);
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  template <typename T>
  Line& operator<<(const T& value) {
    writer_ << value;
    return *this;
  }

 private:
  char buffer_[512];
  TextWriter writer_;
};

// Reports that `box` refused pointer `p` in `operation` ("free()"), because of `reason`, and ends
// the program unless the setting says to warn. When it returns, the block is leaked.
void ReportBadPointer(OnError on_error, std::string_view operation, const void* p,
                      std::string_view reason, std::string_view box);

// Reports a broken invariant of hakmem's own and ends the program: going on would lose data.
[[noreturn]] void ReportCorruption(std::string_view what, const void* where);

}  // namespace hakmem

#endif  // HAKMEM_CORE_REPORT_H_
