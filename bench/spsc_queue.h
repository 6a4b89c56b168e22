// A bounded queue of blocks from one thread to one other, lock-free (Lamport's ring buffer).
//
//   slots   [ . . x x x x . . ]     taken <= put <= taken + depth, both only grow
//                 ^       ^
//                 taken   put       slot of item n: n mod depth
//
// Only the producer writes `put`, only the consumer writes `taken`. Each keeps a copy of the
// other's figure and looks again only when the copy says full, or empty: so the cache line of the
// other is read once per batch, not once per item.
#ifndef BENCH_SPSC_QUEUE_H_
#define BENCH_SPSC_QUEUE_H_

#include <atomic>
#include <cstdint>

#include "bench/harness/checked_block.h"

namespace hakmem::bench {

// A block on its way, and what its consumer needs to know of it.
struct Message {
  char* block;  // NULL: the producer is done
  Expected expected;
};

// Zeroed memory is a queue without slots. Members that different threads write lie apart, also from
// the pair of cache lines that the processor fetches together.
class SpscQueue {
 public:
  // `slots` has `depth` elements, a power of two. Before any thread uses the queue.
  void Init(Message* slots, uint64_t depth) {
    slots_ = slots;
    mask_ = depth - 1;
  }

  // For the producer: false when the queue is full.
  bool Put(const Message& message) {
    const uint64_t put = put_.load(std::memory_order_relaxed);  // this thread's own
    if (put - taken_seen_ > mask_) {
      // Acquire, with the release in Take: the consumer has read the slot that is reused.
      taken_seen_ = taken_.load(std::memory_order_acquire);
      if (put - taken_seen_ > mask_) return false;
    }
    slots_[put & mask_] = message;
    // Release, with the acquire in Take: the slot and the block's contents are there.
    put_.store(put + 1, std::memory_order_release);
    return true;
  }

  // For the consumer: false when the queue is empty.
  bool Take(Message* message) {
    const uint64_t taken = taken_.load(std::memory_order_relaxed);  // this thread's own
    if (taken == put_seen_) {
      put_seen_ = put_.load(std::memory_order_acquire);  // with the release in Put
      if (taken == put_seen_) return false;
    }
    *message = slots_[taken & mask_];
    taken_.store(taken + 1, std::memory_order_release);  // with the acquire in Put
    return true;
  }

 private:
  // Written by neither after Init.
  alignas(128) Message* slots_;
  uint64_t mask_;
  // The producer's.
  alignas(128) std::atomic<uint64_t> put_;
  uint64_t taken_seen_;
  // The consumer's.
  alignas(128) std::atomic<uint64_t> taken_;
  uint64_t put_seen_;
};

}  // namespace hakmem::bench

#endif  // BENCH_SPSC_QUEUE_H_
