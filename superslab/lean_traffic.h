// What a lean heap takes and gets back (heap.h), in bytes, to tell when it had better own slabs:
// when its trips to the pool cost more than the memory that it would keep while its thread waits.
// The trips go by what it took and how often it went there; what it would keep is about what it had
// out at most. A thread that pauses when it has given half of that back waits, as a rule, and what
// it took before does not count: one that works is interrupted anywhere.
//
// Only for whoever has the heap.
#ifndef HAKMEM_SUPERSLAB_LEAN_TRAFFIC_H_
#define HAKMEM_SUPERSLAB_LEAN_TRAFFIC_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace hakmem {

class LeanTraffic {
 public:
  static constexpr size_t kLeastBytes = 4 * 1024 * 1024;
  static constexpr size_t kTimes = 8;
  static constexpr size_t kTripBytes = 4 * 1024;  // that a trip counts as, to a slab of the pool
  static constexpr size_t kMostKept = 32 * 1024 * 1024;
  static constexpr uint64_t kPauseMs = 12;  // more than a tick of platform::NowMs

  constexpr LeanTraffic() = default;

  // `now_ms` is the time.
  void Take(size_t bytes, uint64_t now_ms) {
    const bool paused = now_ms - last_ms_ >= kPauseMs;
    last_ms_ = now_ms;
    if (paused && out_ <= most_out_ / 2) traffic_ = 0;
    traffic_ += bytes;
    out_ += bytes;
    most_out_ = std::max(most_out_, out_);
  }
  // What others took counts for nothing.
  void GiveBack(size_t bytes) { out_ -= std::min(out_, bytes); }
  // What was taken came from the pool, or of what was given back, blocks of one slab went there.
  void Trip() { traffic_ += kTripBytes; }

  // Whether there was so much in this round and since the thread waited.
  bool IsHeavy() const { return traffic_ >= kLeastBytes + kTimes * std::min(most_out_, kMostKept); }

  void NewRound() {
    traffic_ = 0;
    most_out_ = out_;
  }
  // What is out now is others' business.
  void ThreadEnds() { out_ = most_out_ = 0; }

 private:
  size_t traffic_ = 0;
  size_t out_ = 0;
  size_t most_out_ = 0;
  uint64_t last_ms_ = 0;  // when it took something
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_LEAN_TRAFFIC_H_
