// Strings: short texts are copied, appended to, compared and dropped, as interpreters and parsers
// do. Every operation reads or writes the contents, so locality counts as well as the calls.
#include <algorithm>
#include <cstring>

#include "bench/compare/workloads/threads.h"
#include "bench/compare/workloads/workload.h"

namespace hakmem::bench {
namespace {

constexpr uint64_t kSteps = 5'000'000;
constexpr size_t kLive = 50'000;
constexpr size_t kShortest = 4;
constexpr size_t kMost = 120;  // length of a copy
constexpr size_t kMostAppended = 16;
constexpr size_t kLimit = 1000;  // longer strings are not appended to

class Strings {
 public:
  explicit Strings(const WorkloadOptions& options)
      : self_check_(options.self_check), mutator_(options, 0), live_(kLive) {
    for (Block& string : live_) string = Copy(Block());
  }

  // Replaces a string by the beginning of another, or appends a few characters to it.
  void Step(bool append) {
    Block& string = Any();
    const Block& other = Any();
    greater_ += memcmp(string.data, other.data, std::min(string.size, other.size)) > 0 ? 1 : 0;
    const size_t old_size = string.size;
    if (append && old_size < kLimit) {
      mutator_.Resize(&string, old_size + mutator_.Between(1, kMostAppended));
      if (!self_check_) memset(string.data + old_size, 'a', string.size - old_size);
      return;
    }
    const Block copy = Copy(other);
    mutator_.Free(&string);
    string = copy;
  }

  Tally Finish() {
    for (Block& string : live_) mutator_.Free(&string);
    return mutator_.tally();
  }

  // How many strings were greater than the one they were compared with: it keeps the comparisons.
  uint64_t greater() const { return greater_; }

 private:
  Block& Any() { return live_[mutator_.Between(0, kLive - 1)]; }

  // A string that begins as `other` does. In self-check it holds its pattern instead.
  Block Copy(const Block& other) {
    const Block copy = mutator_.Allocate(mutator_.Between(kShortest, kMost));
    if (self_check_) return copy;
    const size_t common = std::min(copy.size, other.size);
    if (common != 0) memcpy(copy.data, other.data, common);
    memset(copy.data + common, static_cast<char>('a' + mutator_.Random() % 26), copy.size - common);
    return copy;
  }

  const bool self_check_;
  Mutator mutator_;
  MappedArray<Block> live_;
  uint64_t greater_ = 0;
};

}  // namespace

WorkloadResult RunStrings(const WorkloadOptions& options) {
  WorkloadResult result;
  const double begin = SecondsNow();
  Strings strings(options);
  const uint64_t steps = options.Scaled(kSteps);
  for (uint64_t i = 0; i < steps; ++i) strings.Step(i % 4 == 0);
  result.done = strings.Finish();
  result.done.checksum += strings.greater();
  result.seconds = SecondsNow() - begin;
  return result;
}

}  // namespace hakmem::bench
