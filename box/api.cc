#include "box/api.h"

#include <errno.h>

#include "box/dispatch.h"
#include "superslab/process.h"

namespace hakmem {

void* ReallocateArray(void* p, size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = ENOMEM;
    return nullptr;
  }
  return Reallocate(p, bytes);
}

void* AlignedAlloc(size_t alignment, size_t size) {
  if (!IsPowerOfTwo(alignment)) {
    errno = EINVAL;
    return nullptr;
  }
  return AllocateAligned(alignment, size);
}

int PosixMemalign(void** out, size_t alignment, size_t size) {
  if (!IsPowerOfTwo(alignment) || alignment % sizeof(void*) != 0) return EINVAL;
  const int saved = errno;
  void* const p = AllocateAligned(alignment, size);
  errno = saved;
  if (p == nullptr) return ENOMEM;
  *out = p;
  return 0;
}

size_t Purge() {
  if (!process.initialized()) return 0;
  ThreadCache& cache = thread_cache.InUse();
  if (cache.heap != nullptr) {
    cache.FlushAll();
    cache.heap->DrainPending();
    cache.heap->LetGoOfAll();
  }
  const size_t pages = process.pool.PurgeAll(Process::PurgePages);
  return process.superslabs.PurgeAll() + pages * kPageBytes;
}

}  // namespace hakmem
