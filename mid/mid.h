// Mid blocks: requests above 1024 bytes to 32 KiB. The same thread cache and slabs as for tiny
// blocks; a slab holds few blocks.
#ifndef HAKMEM_MID_MID_H_
#define HAKMEM_MID_MID_H_

#include "core/compiler.h"
#include "core/size_classes.h"
#include "superslab/process.h"

namespace hakmem {

// A block of kMaxTinyRequest < `size` <= kMaxMidRequest bytes; null and ENOMEM when memory is
// exhausted. `request` is as for ThreadCache::Pop.
HAK_INLINE void* MidAllocate(size_t size, Request request = {}) {
  process.steps.Add(Step::kMallocCache);
  const SizeClass c = MidClass(size);
  HAK_ASSUME(c >= kTinyEnd);
  return thread_cache.Pop(c, request);
}

// Likewise, zeroed.
inline void* MidAllocateZeroed(size_t size, Request request) {
  process.steps.Add(Step::kMallocCache);
  return thread_cache.PopZeroed(MidClass(size), size, request);
}

}  // namespace hakmem

#endif  // HAKMEM_MID_MID_H_
