// The region-ID header: one byte right before a block of a size class that says the class, so that
// free() finds it without a map (the header variant; Phase 7's design, for mid blocks, too).
//
//    ... slot i                      | slot i + 1
//    [ user bytes ............. ][HH][ user bytes ...
//                                 ^    ^ p, a multiple of 16
//                                 p[-1] = 10cccccc: two bits of magic, six of class
//
// The header of a block is the last byte of the slot before it, which is never user data, in any
// box: so p[-1] is hakmem's own byte for every block it hands out, a header for those of a size
// class and never a header for others (l25/alloc_header.h).
#ifndef HAKMEM_SUPERSLAB_REGION_HEADER_H_
#define HAKMEM_SUPERSLAB_REGION_HEADER_H_

#include <cstdint>

#include "core/compiler.h"
#include "core/config.h"
#include "core/size_classes.h"

namespace hakmem {

inline constexpr uint8_t kRegionMagic = 0x80;
inline constexpr uint8_t kRegionMagicMask = 0xC0;

static_assert(kNumClasses <= (kRegionMagicMask ^ 0xFF) + 1, "the class must fit its six bits");

// Marks the block at `p`. Does nothing in the map variant.
HAK_INLINE void WriteRegionHeader(char* p, SizeClass c) {
  if constexpr (config::kHeader) p[-1] = static_cast<char>(kRegionMagic | c);
}

// The class that the byte before `p` names, kNoClass when it is not a header. The byte must be
// readable.
HAK_INLINE SizeClass ReadRegionHeader(const void* p) {
  const uint8_t c = static_cast<const uint8_t*>(p)[-1] ^ kRegionMagic;
  return c < kNumClasses ? c : kNoClass;
}

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_REGION_HEADER_H_
