// Which lists of a thread's cache it has no use for: those that begin with the same block as when
// they were looked at before, or were empty then and are now. All of them are looked at, one in
// each call that leaves the cache so that none pays for all,
//   - when a round has ended, for which one in kCallsPerTime asks; and
//   - when the thread took new memory for kNewSlabs slabs: before it takes more, what it does not
//     use had better be of use to others, and to it; and
//   - when the thread gave back more slabs than it took, by more than twice of what its lists may
//     hold: it shrinks, and may wait from then on. Now all lists go home, whatever they begin with,
//     and frees go past each until the thread allocates of its class.
//
// A list that was used in between may begin with that block again, as where a block is taken and
// given back in turns: it will be filled anew, at the cost of a refill for each 256 KiB of new
// memory. Blocks are compared, never followed. Only for whoever has the heap.
#ifndef HAKMEM_SUPERSLAB_IDLE_LISTS_H_
#define HAKMEM_SUPERSLAB_IDLE_LISTS_H_

#include <cstddef>
#include <cstdint>

#include "core/config.h"
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
    if (begun != 0) LookAtAll();
    round_ = round;
    return begun;
  }

  // New memory was taken for a slab.
  void TookNewSlab() {
    if (next_ < kNumClasses) return;  // looking already
    if (++new_slabs_ % kNewSlabs == 0) LookAtAll();
  }

  // The thread took a slab, of whatever memory.
  void TookSlab() {
    if (net_given_slabs_ > 0) --net_given_slabs_;
  }
  // It gave one back; its lists may hold `lists_bytes`.
  void GaveSlab(size_t lists_bytes) {
    if (++net_given_slabs_ * kSlabBytes <= 2 * lists_bytes) return;
    net_given_slabs_ = 0;
    LookAtAll();
    shrinks_ = true;
  }
  // The next thread's doings are its own.
  void ThreadEnds() {
    net_given_slabs_ = 0;
    next_ = kNumClasses;
  }

  // The class to look at now; kNoClass when all were looked at.
  SizeClass Next() { return next_ < kNumClasses ? next_++ : kNoClass; }
  // Whether all classes are looked at because the thread shrinks.
  bool Shrinks() const { return shrinks_; }

  // Whether the list of class `c`, which begins with `head` now, is idle.
  bool Look(SizeClass c, const FreeBlock* head) {
    const bool same = head == seen_[c];
    seen_[c] = head;
    return same;
  }

 private:
  void LookAtAll() {
    next_ = 1;
    shrinks_ = false;
  }

  const FreeBlock* seen_[kNumClasses] = {};
  uint32_t net_given_slabs_ = 0;  // less those taken since
  uint16_t round_ = 0;
  bool shrinks_ = false;
  uint8_t calls_ = 0;
  uint8_t new_slabs_ = 0;
  SizeClass next_ = kNumClasses;
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_IDLE_LISTS_H_
