#include "bench/harness/progress.h"

#include <cmath>

#include "absl/strings/str_format.h"

namespace hakmem::bench {
namespace {

constexpr char kClearLine[] = "\r\033[K";

}  // namespace

std::string FormatMinutes(double seconds) {
  const long long rounded = std::llround(seconds);
  return absl::StrFormat("%d:%02d", rounded / 60, rounded % 60);
}

Progress::Progress(size_t steps, double expected_seconds, bool terminal, std::ostream& out)
    : steps_(steps), expected_seconds_(expected_seconds), terminal_(terminal), out_(out) {}

double Progress::SecondsLeft(size_t done, double elapsed_seconds) const {
  const double total =
      done == 0 ? expected_seconds_ : elapsed_seconds / static_cast<double>(done) * steps_;
  return total > elapsed_seconds ? total - elapsed_seconds : 0;
}

void Progress::Update(size_t done, double elapsed_seconds, std::string_view what) {
  const int tenths = steps_ == 0 ? 10 : static_cast<int>(done * 10 / steps_);
  if (!terminal_ && tenths == reported_tenths_) return;
  reported_tenths_ = tenths;
  const std::string line = absl::StrFormat("[%d/%d] %s left, now: %s", done, steps_,
                                           FormatMinutes(SecondsLeft(done, elapsed_seconds)), what);
  if (terminal_) {
    out_ << kClearLine << line << std::flush;
  } else {
    out_ << line << std::endl;
  }
}

void Progress::Clear() {
  if (terminal_) out_ << kClearLine << std::flush;
}

}  // namespace hakmem::bench
