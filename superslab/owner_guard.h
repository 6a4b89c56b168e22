// Guards what one thread, its owner, uses all the time, and another one takes once in a while, when
// the owner seems to sleep: a biased lock, for which the owner pays two stores and a load.
//
//              Close                     Close, a round later
//     open ------------> asked for ---------------------------> taken
//       ^                  |                                      |
//       +------------------+          Open                        |
//       |  the owner enters                                       |
//       +---------------------------------------------------------+
//
//   owner                                      taker, which holds a mutex
//   Enter: entries := odd                      Close: is it asked for, since a round ago?
//          open? then it is in                        then taken; but are entries odd? then open
//          asked for? then open, and it is in
//          taken? entries := even, it waits for the mutex, and tries again
//   Leave: entries := even
//
// What is missing is order between the owner's store to `entries` and its load of the state, and
// time makes up for it. If the load saw what was before it was asked for, the store is a round old,
// or some ms, when the taker looks: no processor keeps a store to itself for that long. So no
// kernel is asked for a barrier (membarrier(2)), which a sandbox may take for an attack. D. Dice,
// M. Moir, W. Scherer, "Quickly Reacquirable Locks" (2003).
#ifndef HAKMEM_SUPERSLAB_OWNER_GUARD_H_
#define HAKMEM_SUPERSLAB_OWNER_GUARD_H_

#include <atomic>
#include <cstdint>

#include "core/compiler.h"

namespace hakmem {

class OwnerGuard {
 public:
  // The owner's. False: it is taken, and the owner waits for the taker's mutex before it tries
  // again.
  bool Enter() {
    Count(std::memory_order_relaxed);  // see above
    std::atomic_signal_fence(std::memory_order_seq_cst);
    // Acquire: pairs with the release in Open.
    if (HAK_LIKELY(state_.load(std::memory_order_acquire) == kOpen)) return true;
    State asked_for = kAskedFor;
    // Acquire: likewise.
    if (state_.compare_exchange_strong(asked_for, kOpen, std::memory_order_acquire)) return true;
    Leave();
    return false;
  }
  // Release: pairs with the acquire in Close.
  void Leave() { Count(std::memory_order_release); }

  // The taker's, at most once in a round. True: the owner did not enter since it was asked for, a
  // round ago, and does not until Open().
  bool Close() {
    State asked_for = kAskedFor;
    // Relaxed: the owner's way to be ordered is `entries_`.
    if (!state_.compare_exchange_strong(asked_for, kTaken, std::memory_order_relaxed)) {
      const uint32_t entries = entries_.load(std::memory_order_relaxed);  // a hint
      // Release: the owner may read this instead of what Open() stored.
      if (entries != entries_taken_) state_.store(kAskedFor, std::memory_order_release);
      return false;
    }
    entries_taken_ = entries_.load(std::memory_order_acquire);  // pairs with the release in Leave
    if (entries_taken_ % 2 == 0) return true;
    Open();
    return false;
  }
  // Release: pairs with the acquire in Enter.
  void Open() { state_.store(kOpen, std::memory_order_release); }

 private:
  enum State : uint32_t { kOpen, kAskedFor, kTaken };

  // Only the owner writes it, so this need not be one operation.
  void Count(std::memory_order order) {
    entries_.store(entries_.load(std::memory_order_relaxed) + 1, order);
  }

  std::atomic<uint32_t> entries_{0};  // and exits: odd while the owner is in
  std::atomic<State> state_{kOpen};
  uint32_t entries_taken_ = 0;  // the taker's: if no more followed, there is nothing new to take
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_OWNER_GUARD_H_
