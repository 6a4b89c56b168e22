// The region-ID header: one byte right before a tiny block that says its size class, so that free()
// finds it without a map (the header variant; Phase 7's design).
//
//    ... slot i                      | slot i + 1
//    [ user bytes ............. ][HH][ user bytes ...
//                                 ^    ^ p, a multiple of 16
//                                 p[-1] = 101ccccc: three bits of magic, five of class
//
// The header of a block is the last byte of the slot before it, which is never user data, in any
// box: so p[-1] is hakmem's own byte for every block it hands out, a header for tiny blocks and
// never a header for others. Classes 0 to 15 make it 0xA0 to 0xAF, as in Phase 7.
#ifndef HAKMEM_SUPERSLAB_REGION_HEADER_H_
#define HAKMEM_SUPERSLAB_REGION_HEADER_H_

#include <cstdint>

#include "core/compiler.h"
#include "core/config.h"
#include "core/size_classes.h"

namespace hakmem {

inline constexpr uint8_t kRegionMagic = 0xA0;
inline constexpr uint8_t kRegionMagicMask = 0xE0;

static_assert(!config::kHeader || kTinyEnd - 1 <= 0x1F, "the class must fit its five bits");

// Marks the block at `p`. Mid blocks get 0, which is no header. Does nothing in the map variant.
HAK_INLINE void WriteRegionHeader(char* p, SizeClass c) {
  if constexpr (config::kHeader) {
    p[-1] = c < kTinyEnd ? static_cast<char>(kRegionMagic | c) : 0;
  }
}

// The class that the byte before `p` names, kNoClass when it is not a header. The byte must be
// readable.
HAK_INLINE SizeClass ReadRegionHeader(const void* p) {
  const uint8_t byte = static_cast<const uint8_t*>(p)[-1];
  return (byte & kRegionMagicMask) == kRegionMagic ? byte & 0x1F : kNoClass;
}

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_REGION_HEADER_H_
