// Runs that a heap keeps. A program that takes and frees buffers by turns gets them without the
// superslab heap's mutex, and with their pages.
//
//   newest[n - 1] -> run of n units -> run of n units -> ... -> none, through the runs' records
//
// There is room for so many units. When they get too many, one run of the size that has most goes,
// and leaves a ghost, which is a count for its size; so does a run that is not kept. A request then
//
//   finds a run     of its length, or as few units more as there is one of: takes the newest
//   or a ghost      there is room for one more from now on
//   or neither      an eighth of its length is taken from the room, in whole units: below 128 KiB
//                   there are few sizes, and what is kept will be of use
//
// as in N. Megiddo, D. S. Modha, "ARC: A Self-Tuning, Low Overhead Replacement Cache" (FAST 2003),
// but that ghosts of more units than there is room for are forgotten all at once.
//
// The room is at least 512 KiB, and at most 16 MiB, and what the thread had at one time; beyond
// 512 KiB it is SharedRunRoom's. A thread that has asked for none since one had to go, or never,
// keeps no more. A kept run stays a run in the region map and counts as used; its record says that
// it has no block. Only for whoever has the heap.
#ifndef HAKMEM_SUPERSLAB_RUN_CACHE_H_
#define HAKMEM_SUPERSLAB_RUN_CACHE_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "superslab/address_space.h"
#include "superslab/shared_run_room.h"

namespace hakmem {

class RunCache {
 public:
  static constexpr size_t kMostUnits = UnitsOfMiB(1);  // that one run may have
  static constexpr size_t kLeastRoom = UnitsOfMiB(1) / 2;
  static constexpr size_t kMostRoom = UnitsOfMiB(16);
  static constexpr size_t kLostShare = 8;  // of a request that finds nothing

  // The first unit of a run of `*units` units, at most kMostUnits, or as few more as there is one
  // of, up to `most`: then `*units` is what it has. AddressSpace::kNone when there is none: then
  // the thread gets one of `*units` elsewhere. Calls release(first, units) for each run that must
  // go.
  template <typename Release>
  size_t Take(const AddressSpace& space, SharedRunRoom* shared, size_t* units, size_t most,
              Release&& release) {
    asked_ = asked_in_round_ = true;
    most = std::min(most, kMostUnits);
    for (size_t n = *units; n <= most; ++n) {
      if (newest_[n - 1] == 0) continue;
      *units = n;
      Lend(n);
      return Remove(space, &newest_[n - 1], n);
    }
    Lend(*units);
    for (size_t n = *units; n <= most; ++n) {
      if (ghosts_[n - 1] == 0) continue;
      --ghosts_[n - 1];
      ghost_units_ -= n;
      Gain(n, shared);
      return AddressSpace::kNone;
    }
    if (kept_ >= *units) {
      Lose(*units / kLostShare, shared);
      while (kept_ > room_) ReleaseOne(space, release);
    }
    return AddressSpace::kNone;
  }

  // Keeps the run [first, first + units), of at most kMostUnits, or else calls release(first,
  // units) for it, as it does for each run that must go.
  template <typename Release>
  void Put(const AddressSpace& space, size_t first, size_t units, Release&& release) {
    Return(units);
    // Under a limit on address space, what is kept is missing elsewhere.
    const size_t room = space.CanUnmap() ? kLeastRoom : room_;
    if (!asked_ || units > room) {
      LeaveGhost(units, room);
      return release(first, units);
    }
    while (kept_ + units > room) {
      asked_ = false;
      LeaveGhost(ReleaseOne(space, release), room);
    }
    space.run(first)->SetKept(newest_[units - 1]);
    newest_[units - 1] = static_cast<Link>(first) + 1;
    ++count_[units - 1];
    kept_ += units;
  }

  // A run of `units` units, of any length, is the thread's now, or is not any more, in other ways.
  void Lend(size_t units) {
    if (units <= kMostUnits) lent_ += units;
    most_lent_ = std::max(most_lent_, lent_);
  }
  void Return(size_t units) {
    if (units <= kMostUnits) lent_ -= std::min(lent_, units);
  }

  // Calls release(first, units) for the run that starts with unit `first`; false when it is not
  // kept.
  template <typename Release>
  bool Drop(const AddressSpace& space, size_t first, Release&& release) {
    for (size_t units = 1; units <= kMostUnits; ++units) {
      for (Link* link = &newest_[units - 1]; *link != 0; link = &space.run(*link - 1)->next()) {
        if (*link - 1 != first) continue;
        release(Remove(space, link, units), units);
        return true;
      }
    }
    return false;
  }

  // Of SharedRunRoom.
  size_t extra_room() const { return room_ - kLeastRoom; }

  // Calls release(first, units) for all.
  template <typename Release>
  void Clear(const AddressSpace& space, Release&& release) {
    while (kept_ > 0) ReleaseOne(space, release);
  }

  // Calls release(first, units) for all, and begins anew.
  template <typename Release>
  void Reset(const AddressSpace& space, SharedRunRoom* shared, Release&& release) {
    Clear(space, release);
    Lose(room_, shared);
    *this = {};
  }

  // A round ends. If the thread asked for none in it, StartAnew().
  template <typename Release>
  void EndRound(const AddressSpace& space, SharedRunRoom* shared, Release&& release) {
    if (!asked_in_round_) StartAnew(space, shared, release);
    asked_in_round_ = false;
    most_lent_ = lent_;
  }

  // Calls release(first, units) for all, and begins anew, but for what the thread has: much of it
  // may have been freed by others meanwhile.
  template <typename Release>
  void StartAnew(const AddressSpace& space, SharedRunRoom* shared, Release&& release) {
    const size_t lent = lent_ / 2;
    Reset(space, shared, release);
    lent_ = lent;
  }

 private:
  using Link = Run::Link;

  // There is room for so many units more, as far as there may be.
  void Gain(size_t units, SharedRunRoom* shared) {
    const size_t most = std::max(room_, std::min(most_lent_, kMostRoom));
    units = std::min(units, most - room_);
    if (units > 0 && shared->Take(units, extra_room())) room_ += units;
  }
  // There is room for so many units less, if it is not the first ones.
  void Lose(size_t units, SharedRunRoom* shared) {
    units = std::min(units, extra_room());
    if (units == 0) return;
    room_ -= units;
    shared->Return(units);
  }

  // For a run of `units` units. There may be ghosts of as many units as there is room for.
  void LeaveGhost(size_t units, size_t room) {
    if (ghost_units_ + units > std::max(room, kMostUnits)) {
      ghost_units_ = 0;
      ghosts_ = {};
    }
    ++ghosts_[units - 1];
    ghost_units_ += units;
  }

  // Returns how many units it had.
  template <typename Release>
  size_t ReleaseOne(const AddressSpace& space, Release&& release) {
    size_t most = 1;
    for (size_t units = 2; units <= kMostUnits; ++units) {
      if (count_[units - 1] * units > count_[most - 1] * most) most = units;
    }
    release(Remove(space, &newest_[most - 1], most), most);
    return most;
  }

  // The first unit of the run that `*link` leads to.
  size_t Remove(const AddressSpace& space, Link* link, size_t units) {
    const size_t first = *link - 1;
    *link = space.run(first)->next();
    --count_[units - 1];
    kept_ -= units;
    return first;
  }

  std::array<Link, kMostUnits> newest_{};
  std::array<uint16_t, kMostUnits> count_{};
  std::array<uint16_t, kMostUnits> ghosts_{};
  // Units, all of them:
  size_t kept_ = 0;
  size_t ghost_units_ = 0;
  size_t lent_ = 0;       // of runs to kMostUnits that the thread took and did not free
  size_t most_lent_ = 0;  // at one time, since the last round ended
  size_t room_ = kLeastRoom;
  bool asked_ = false;  // since one had to go
  bool asked_in_round_ = false;
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_RUN_CACHE_H_
