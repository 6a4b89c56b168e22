// Slabs without live blocks that are kept for the next thread that needs one of their class, a few
// of each: threads that come and go, or that are lean (heap.h), would take them from the superslab
// heap and give them back all the time. Nobody owns them, and as no block of theirs is out, nobody
// can come to. Those that nobody needed for two rounds of the superslab heap go back to it.
//
// Thread-safe, without locks: whoever exchanges a slab for null has it.
#ifndef HAKMEM_SUPERSLAB_SPARE_SLABS_H_
#define HAKMEM_SUPERSLAB_SPARE_SLABS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/atomics.h"
#include "core/size_classes.h"
#include "superslab/slab.h"

namespace hakmem {

class SpareSlabs {
 public:
  static constexpr size_t kMost = 2;  // of a class

  constexpr SpareSlabs() = default;

  // Takes a slab of class `c` that nobody owns and that has no live blocks; false when there are
  // enough. It is `round`.
  bool Put(SizeClass c, Slab* slab, uint16_t round) {
    slab->since = static_cast<uint8_t>(round);
    for (std::atomic<Slab*>& place : places_[c]) {
      if (PutInto(place, slab)) return true;
    }
    return false;
  }

  // A slab of class `c`, or null.
  Slab* Take(SizeClass c) {
    for (std::atomic<Slab*>& place : places_[c]) {
      Slab* const slab = TakeFrom(place);
      if (slab != nullptr) return slab;
    }
    return nullptr;
  }

  // A slab of class `c` that was put two rounds before `round`, or earlier; null if there is none.
  Slab* TakeOld(SizeClass c, uint16_t round) {
    for (std::atomic<Slab*>& place : places_[c]) {
      Slab* const slab = TakeFrom(place);
      if (slab == nullptr) continue;
      const auto age = static_cast<uint8_t>(round - slab->since);  // modulo 2^8
      if (age >= 2 || !PutInto(place, slab)) return slab;
    }
    return nullptr;
  }

  // How many there are. A statistic.
  size_t Count() const {
    size_t count = 0;
    for (const auto& places : places_) {
      for (const std::atomic<Slab*>& place : places) {
        if (place.load(std::memory_order_relaxed) != nullptr) ++count;
      }
    }
    return count;
  }

 private:
  static bool PutInto(std::atomic<Slab*>& place, Slab* slab) {
    // Relaxed: a hint, which leaves the line to others when there is something.
    if (place.load(std::memory_order_relaxed) != nullptr) return false;
    // Release: pairs with the acquire in TakeFrom.
    return CompareExchange(&place, nullptr, slab, std::memory_order_release);
  }
  static Slab* TakeFrom(std::atomic<Slab*>& place) {
    if (place.load(std::memory_order_relaxed) == nullptr) return nullptr;  // likewise
    // Acquire: pairs with the release in PutInto.
    return Exchange(&place, nullptr, std::memory_order_acquire);
  }

  std::atomic<Slab*> places_[kNumClasses][kMost] = {};
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_SPARE_SLABS_H_
