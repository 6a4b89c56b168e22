// Guards what one thread, its owner, uses all the time, and another one takes once in a while, when
// the owner seems to sleep: a biased lock. The owner pays two stores and a load; what a lock would
// pay for order between processors, the other one has all of them do at once (membarrier(2)).
//
//   owner                                      taker, which holds a mutex
//   Enter: entries := odd                      CloseIfQuiet: closed := true
//          is it closed? then entries := even, BarrierInAllThreads(), once for many guards
//          wait for the mutex, again           IsOut: are entries even?
//   Leave: entries := even                     Open: closed := false
//
// Either the owner's store to `entries` comes before the barrier, and the taker sees it, or its
// load of `closed` after, and it sees that. D. Dice, M. Moir, W. Scherer, "Quickly Reacquirable
// Locks" (2003).
#ifndef HAKMEM_SUPERSLAB_OWNER_GUARD_H_
#define HAKMEM_SUPERSLAB_OWNER_GUARD_H_

#include <atomic>
#include <cstdint>

#include "core/compiler.h"

namespace hakmem {

class OwnerGuard {
 public:
  // The owner's. False: it is closed, and the owner waits for the taker's mutex before it asks
  // again.
  bool Enter() {
    Count(std::memory_order_relaxed);  // the taker's barrier orders it
    std::atomic_signal_fence(std::memory_order_seq_cst);
    // Acquire: pairs with the release in Open.
    if (HAK_LIKELY(!closed_.load(std::memory_order_acquire))) return true;
    Leave();
    return false;
  }
  // Release: pairs with the acquire in Close.
  void Leave() { Count(std::memory_order_release); }

  // The taker's, in this order. Locks the owner out from the barrier on, if it entered since all
  // was taken, but not since this was asked before; else returns false.
  bool CloseIfQuiet() {
    const uint32_t entries = entries_.load(std::memory_order_relaxed);  // a hint
    const bool quiet = entries == seen_ && entries != taken_;
    seen_ = entries;
    if (quiet) closed_.store(true, std::memory_order_relaxed);  // the barrier orders it
    return quiet;
  }
  bool IsClosed() const { return closed_.load(std::memory_order_relaxed); }  // the taker's own word
  // After the barrier. Acquire: pairs with the release in Leave.
  bool IsOut() const { return entries_.load(std::memory_order_acquire) % 2 == 0; }
  // What the owner left was taken.
  void WasTaken() { taken_ = seen_; }
  // Release: pairs with the acquire in Enter.
  void Open() { closed_.store(false, std::memory_order_release); }

 private:
  // Only the owner writes it, so this need not be one operation.
  void Count(std::memory_order order) {
    entries_.store(entries_.load(std::memory_order_relaxed) + 1, order);
  }

  std::atomic<uint32_t> entries_{0};  // and exits: odd while the owner is in
  std::atomic<bool> closed_{false};
  // The taker's: what `entries_` were when they were looked at, and when all was taken.
  uint32_t seen_ = 0;
  uint32_t taken_ = 0;
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_OWNER_GUARD_H_
