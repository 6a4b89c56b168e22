// Which lists of a thread's cache it has no use for: those that begin with the same block as a
// round ago, or were empty then and are now. A call that leaves the cache looks at one class, so
// that none takes long, and one in kCallsPerTime asks whether a round has ended.
//
// A list that was used in between may begin with that block again, and a round is long enough that
// it does not matter. Blocks are compared, never followed. Only for whoever has the heap.
#ifndef HAKMEM_SUPERSLAB_IDLE_LISTS_H_
#define HAKMEM_SUPERSLAB_IDLE_LISTS_H_

#include <cstdint>

#include "core/size_classes.h"
#include "superslab/slab.h"

namespace hakmem {

class IdleLists {
 public:
  static constexpr uint8_t kCallsPerTime = 8;

  // Whether this call asks for the time.
  bool AsksForTime() { return ++calls_ % kCallsPerTime == 0; }

  // Whether `round` is a new one: then all classes are to be looked at.
  bool Begins(uint16_t round) {
    if (round == round_) return false;
    round_ = round;
    next_ = 1;
    return true;
  }

  // The class to look at now; kNoClass when all were looked at in this round.
  SizeClass Next() { return next_ < kNumClasses ? next_++ : kNoClass; }

  // Whether the list of class `c`, which begins with `head` now, is idle.
  bool Look(SizeClass c, const FreeBlock* head) {
    const bool same = head == seen_[c];
    seen_[c] = head;
    return same;
  }

 private:
  const FreeBlock* seen_[kNumClasses] = {};
  uint16_t round_ = 0;
  uint8_t calls_ = 0;
  SizeClass next_ = kNumClasses;
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_IDLE_LISTS_H_
