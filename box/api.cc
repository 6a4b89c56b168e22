#include "box/api.h"

#include <errno.h>

#include <algorithm>
#include <bit>

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
  if (!std::has_single_bit(alignment)) {
    errno = EINVAL;
    return nullptr;
  }
  return AllocateAligned(alignment, size);
}

int PosixMemalign(void** out, size_t alignment, size_t size) {
  if (!std::has_single_bit(alignment) || alignment % sizeof(void*) != 0) return EINVAL;
  const int saved = errno;
  void* const p = AllocateAligned(alignment, size);
  errno = saved;
  if (p == nullptr) return ENOMEM;
  *out = p;
  return 0;
}

size_t Purge() {
  if (!process.initialized()) return 0;
  const size_t units_before = process.superslabs.GetTotals().purged_units;
  ThreadCache& cache = thread_cache.InUse();
  if (cache.heap != nullptr) {
    cache.FlushAll();
    cache.heap->DrainPending();
    cache.heap->LetGoOfAll();
  }
  process.heaps.FlushTransfers();
  process.FreeSpareSlabs();
  const size_t pages = process.pool.PurgeAll(Process::PurgePages);
  process.superslabs.PurgeAll();
  const size_t units = process.superslabs.GetTotals().purged_units;
  // Fewer than before where the kernel refused what another thread was giving back.
  return (std::max(units, units_before) - units_before) * kUnitBytes + pages * kPageBytes;
}

}  // namespace hakmem
