// The AllocHeader: 16 bytes before a block that the region-ID header cannot describe (header
// variant): runs, and blocks aligned by moving them inside a larger one.
//
//    p - 16                  p - 8            p - 4    p - 3          p - 1
//    | value                 | magic          | method | 0   0        | mark | p: user bytes
//
// The mark stands where other blocks have their region-ID header. That byte is never user data, in
// any box, so the mark alone tells for certain that the 16 bytes are an AllocHeader.
#ifndef HAKMEM_L25_ALLOC_HEADER_H_
#define HAKMEM_L25_ALLOC_HEADER_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "superslab/region_header.h"

namespace hakmem {

struct AllocHeader {
  enum class Method : uint8_t {
    kRun = 1,      // value: 0; runs are found by the region map, but their mark must stand there
    kAligned = 2,  // value: bytes from the start of the block that this one lies in
  };
  static constexpr uint32_t kMagic = 0x4D4B4148;  // "HAKM"
  static constexpr uint8_t kMark = 0x5A;
  static_assert((kMark & kRegionMagicMask) != kRegionMagic);

  uint64_t value;
  uint32_t magic;
  Method method;
  uint8_t unused[2];
  uint8_t mark;

  static void Write(void* p, Method method, uint64_t value) {
    const AllocHeader header{value, kMagic, method, {0, 0}, kMark};
    std::memcpy(static_cast<char*>(p) - sizeof(header), &header, sizeof(header));
  }

  // Reads the 16 bytes before `p`, which must be readable; false when they are no AllocHeader.
  bool Read(const void* p) {
    if (static_cast<const uint8_t*>(p)[-1] != kMark) return false;
    std::memcpy(this, static_cast<const char*>(p) - sizeof(*this), sizeof(*this));
    return magic == kMagic;
  }
};

static_assert(sizeof(AllocHeader) == 16);
static_assert(offsetof(AllocHeader, mark) == 15);

}  // namespace hakmem

#endif  // HAKMEM_L25_ALLOC_HEADER_H_
