// Which lists of a thread's cache it has no use for: those that begin with the same block as when
// they were looked at before, or were empty then and are now. All of them are looked at, one in
// each call that leaves the cache so that none pays for all,
//   - when a round has ended, for which one in kCallsPerTime asks; and
//   - when the thread took new memory for kNewSlabs slabs: before it takes more, what it does not
//     use had better be of use to others, and to it.
//
// A list that was used in between may begin with that block again, as where a block is taken and
// given back in turns: it will be filled anew, at the cost of a refill for each 256 KiB of new
// memory. Blocks are compared, never followed. Only for whoever has the heap.
#ifndef HAKMEM_SUPERSLAB_IDLE_LISTS_H_
#define HAKMEM_SUPERSLAB_IDLE_LISTS_H_

#include <cstdint>

#include "core/size_classes.h"
#include "superslab/slab.h"

namespace hakmem {

class IdleLists {
 public:
  static constexpr uint8_t kCallsPerTime = 8;
  static constexpr uint8_t kNewSlabs = 4;

  // Whether this call asks for the time.
  bool AsksForTime() { return ++calls_ % kCallsPerTime == 0; }

  // How many rounds began since it was asked before, the last of them `round`. If any did, all
  // classes are to be looked at.
  uint16_t Begun(uint16_t round) {
    const auto begun = static_cast<uint16_t>(round - round_);
    if (begun != 0) next_ = 1;
    round_ = round;
    return begun;
  }

  // New memory was taken for a slab.
  void TookNewSlab() {
    if (next_ < kNumClasses) return;  // looking already
    if (++new_slabs_ % kNewSlabs == 0) next_ = 1;
  }

  // The class to look at now; kNoClass when all were looked at.
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
  uint8_t new_slabs_ = 0;
  SizeClass next_ = kNumClasses;
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_IDLE_LISTS_H_
