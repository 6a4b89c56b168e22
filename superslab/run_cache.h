// Runs that a heap keeps. A program that takes and frees buffers by turns gets them without the
// superslab heap's mutex, and with their pages.
//
//   newest[n - 1] -> run of n units -> run of n units -> ... -> none, through the runs' records
//
// Of the runs that will do, the newest of the shortest is taken. All of them together have at most
// half of the units that the thread took and did not free, but 512 KiB in any case and never more
// than 16 MiB; when it gets too much, one of the size that has most units goes. A thread that has
// asked for none since, or never, keeps no more. A kept run stays a run in the region map and
// counts as used; its record says that it has no block. Only for whoever has the heap.
#ifndef HAKMEM_SUPERSLAB_RUN_CACHE_H_
#define HAKMEM_SUPERSLAB_RUN_CACHE_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "superslab/address_space.h"

namespace hakmem {

class RunCache {
 public:
  static constexpr size_t kMostUnits = UnitsOfMiB(1);  // that one run may have
  static constexpr size_t kLeastRoom = UnitsOfMiB(1) / 2;
  static constexpr size_t kMostRoom = UnitsOfMiB(16);
  static constexpr size_t kLentShare = 2;

  // The first unit of a run of `*units` units, at most kMostUnits, or as few more as there is one
  // of, up to `most`: then `*units` is what it has. AddressSpace::kNone when there is none: then
  // the thread gets one of `*units` elsewhere.
  size_t Take(const AddressSpace& space, size_t* units, size_t most) {
    asked_ = true;
    for (size_t n = *units; n <= std::min(most, kMostUnits); ++n) {
      if (newest_[n - 1] == 0) continue;
      *units = n;
      Lend(n);
      return Remove(space, &newest_[n - 1], n);
    }
    Lend(*units);
    return AddressSpace::kNone;
  }

  // Keeps the run [first, first + units), of at most kMostUnits, or else calls release(first,
  // units) for it, as it does for each run that must go.
  template <typename Release>
  void Put(const AddressSpace& space, size_t first, size_t units, Release&& release) {
    Return(units);
    const size_t room = Room(space);
    while (kept_ > room) ReleaseOne(space, release);
    if (!asked_ || units > room) return release(first, units);
    while (kept_ + units > room) {
      asked_ = false;
      ReleaseOne(space, release);
    }
    space.run(first)->SetKept(newest_[units - 1]);
    newest_[units - 1] = static_cast<Link>(first) + 1;
    ++count_[units - 1];
    kept_ += units;
  }

  // A run of `units` units, of any length, is the thread's now, or is not any more, in other ways.
  void Lend(size_t units) {
    if (units <= kMostUnits) lent_ += units;
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

  // Calls release(first, units) for all.
  template <typename Release>
  void Clear(const AddressSpace& space, Release&& release) {
    while (kept_ > 0) ReleaseOne(space, release);
  }

  // Likewise, if the thread asked for none since this was called last. Then much of what it took
  // may have been freed by others, too.
  template <typename Release>
  void ClearIfIdle(const AddressSpace& space, Release&& release) {
    if (!asked_) {
      Clear(space, release);
      lent_ /= 2;
    }
    asked_ = false;
  }

 private:
  using Link = Run::Link;

  // Under a limit on address space, what is kept is missing elsewhere.
  size_t Room(const AddressSpace& space) const {
    return space.CanUnmap() ? kLeastRoom : std::clamp(lent_ / kLentShare, kLeastRoom, kMostRoom);
  }

  template <typename Release>
  void ReleaseOne(const AddressSpace& space, Release&& release) {
    size_t most = 1;
    for (size_t units = 2; units <= kMostUnits; ++units) {
      if (count_[units - 1] * units > count_[most - 1] * most) most = units;
    }
    release(Remove(space, &newest_[most - 1], most), most);
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
  size_t kept_ = 0;     // units, in all of them
  size_t lent_ = 0;     // units, of such runs that the thread took and did not free
  bool asked_ = false;  // since the last one had to go
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_RUN_CACHE_H_
