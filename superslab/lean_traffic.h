// What a lean heap takes and gets back (heap.h), in bytes, to tell when it had better own slabs:
// when it took many times what it had out at most. What it will keep then, while its thread waits,
// is about what it had out; what it spares are trips to the pool, which go by what it takes.
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

  constexpr LeanTraffic() = default;

  void Take(size_t bytes) {
    taken_ += bytes;
    out_ += bytes;
    most_out_ = std::max(most_out_, out_);
  }
  // What others took counts for nothing.
  void GiveBack(size_t bytes) { out_ -= std::min(out_, bytes); }

  // Whether it took so much in this round.
  bool IsHeavy() const { return taken_ >= kLeastBytes + kTimes * most_out_; }

  void NewRound() {
    taken_ = 0;
    most_out_ = out_;
  }

 private:
  size_t taken_ = 0;
  size_t out_ = 0;
  size_t most_out_ = 0;
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_LEAN_TRAFFIC_H_
