// A superslab: 1 MiB of the heap, 64 units. This is its record; it lies in an array of the address
// space's (address_space.h).
#ifndef HAKMEM_SUPERSLAB_SUPERSLAB_H_
#define HAKMEM_SUPERSLAB_SUPERSLAB_H_

#include <atomic>
#include <cstdint>

#include "core/config.h"

namespace hakmem {

// Which units of a superslab are what; bit u is unit u. used & dirty = 0, aging is within dirty and
// leaving within used.
struct Superslab {
  uint64_t used = 0;     // part of a slab or a run; all, where foreign
  uint64_t dirty = 0;    // free, but may have memory behind it and is not zero
  uint64_t aging = 0;    // dirty since before the last round of purging
  uint64_t leaving = 0;  // free, and a thread is giving its memory back: not to be taken meanwhile
  uint64_t moved = 0;    // part of a mapping of its own, which MovePages made

  // What is at its addresses; other than kMapped in sparse mode only. Relaxed: it changes under the
  // superslab heap's mutex, and others ask about pointers that they hold, or that are bad.
  enum class Place : uint8_t {
    kMapped,    // hakmem's memory
    kUnmapped,  // nothing; free, and mapped again when it is needed
    kForeign,   // somebody else's: never touched
  };
  std::atomic<Place> place{Place::kMapped};

  // For each place of a slab: the class of the slab that is there, or was last; a hint.
  uint8_t last_class[kUnitsPerSuperslab / kUnitsPerSlab] = {};
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_SUPERSLAB_H_
