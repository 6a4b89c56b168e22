// The header guard: may the byte before `p` be read? (header variant). Three answers to measure
// against each other; --define header_guard chooses.
//
//   range    p lies in hakmem's range, all of which is mapped. No pointer of anybody else's is
//            ever read. 2 instructions.
//   hybrid   Phase 7's: p - 1 is on the same page as p unless p starts a page; only then ask the
//            kernel, by the cheaper of two calls. Assumes that p itself points to mapped memory.
//   mincore  always asks the kernel.
//
// The last two say that the byte can be read, not that it is hakmem's: so the range is checked
// after them in every case.
#ifndef HAKMEM_TINY_HEADER_GUARD_H_
#define HAKMEM_TINY_HEADER_GUARD_H_

#include <cstdint>

#include "core/compiler.h"
#include "core/config.h"
#include "core/platform.h"
#include "superslab/region_map.h"

namespace hakmem {

// Whether `p` starts within the first `header_bytes` of a page, so that a header before it lies on
// the page before.
constexpr bool IsNearPageStart(uintptr_t p, size_t header_bytes) {
  return (p & (kPageBytes - 1)) < header_bytes;
}

template <config::HeaderGuard guard>
HAK_INLINE bool MayReadHeader(const RegionMap& map, const void* p) {
  if constexpr (guard == config::HeaderGuard::kHybrid) {
    const uintptr_t address = reinterpret_cast<uintptr_t>(p);
    if (HAK_UNLIKELY(IsNearPageStart(address, 1)) &&
        !platform::IsReadable(reinterpret_cast<const void*>(address - 1))) {
      return false;
    }
  }
  if constexpr (guard == config::HeaderGuard::kMincore) {
    if (!platform::IsMapped(static_cast<const char*>(p) - 1)) return false;
  }
  return map.MayReadBefore(p);
}

}  // namespace hakmem

#endif  // HAKMEM_TINY_HEADER_GUARD_H_
