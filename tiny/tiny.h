// Tiny blocks: requests to 1024 bytes, from and to the thread cache. This is the whole hit path of
// malloc, and with box/dispatch.h that of free.
#ifndef HAKMEM_TINY_TINY_H_
#define HAKMEM_TINY_TINY_H_

#include "core/compiler.h"
#include "core/size_classes.h"
#include "superslab/process.h"

namespace hakmem {

// A block of `size` <= kMaxTinyRequest bytes; null and ENOMEM when memory is exhausted. `request`
// is as for ThreadCache::Pop.
HAK_INLINE void* TinyAllocate(size_t size, Request request = {}) {
  process.steps.Add(Step::kMallocCache);
  const SizeClass c = TinyClass(size);
  HAK_ASSUME(c < kTinyEnd);
  return thread_cache.Pop(c, request);
}

}  // namespace hakmem

#endif  // HAKMEM_TINY_TINY_H_
