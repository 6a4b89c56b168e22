// C interposition: malloc and its family under the C library's names, with the C library's
// contracts (glibc 2.36). The only file that defines them.
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <bit>

#include "box/api.h"
#include "box/dispatch.h"
#include "box/hakmem.h"
#include "box/heap_stats.h"
#include "superslab/process.h"

// Valgrind's tools put functions of their own in the place of malloc, free and most others here,
// but of reallocarray, pvalloc, free_sized and free_aligned_sized they do not know: these go
// through ones that they do, so that all blocks are Valgrind's or all are ours.
//
// The headers declare some of these with attributes; the definitions here repeat none.
extern "C" {

HAKMEM_PUBLIC void* malloc(size_t size) noexcept { return hakmem::Allocate(size); }

HAKMEM_PUBLIC void free(void* p) noexcept { hakmem::Free(p); }

HAKMEM_PUBLIC void* calloc(size_t count, size_t size) noexcept {
  return hakmem::AllocateZeroed(count, size);
}

HAKMEM_PUBLIC void* realloc(void* p, size_t size) noexcept { return hakmem::Reallocate(p, size); }

HAKMEM_PUBLIC void* reallocarray(void* p, size_t count, size_t size) noexcept {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) bytes = SIZE_MAX;  // realloc refuses it
  return realloc(p, bytes);
}

HAKMEM_PUBLIC int posix_memalign(void** out, size_t alignment, size_t size) noexcept {
  return hakmem::PosixMemalign(out, alignment, size);
}

// glibc rounds an odd alignment up to a power of two.
HAKMEM_PUBLIC void* memalign(size_t alignment, size_t size) noexcept {
  if (alignment > SIZE_MAX / 2 + 1) {
    errno = EINVAL;
    return nullptr;
  }
  return hakmem::AllocateAligned(std::bit_ceil(std::max(alignment, hakmem::kMinAlignment)), size);
}

// As the manual and glibc from 2.38 on have it: no rounding here.
HAKMEM_PUBLIC void* aligned_alloc(size_t alignment, size_t size) noexcept {
  return hakmem::AlignedAlloc(alignment, size);
}

HAKMEM_PUBLIC void* valloc(size_t size) noexcept {
  return hakmem::AllocateAligned(hakmem::kPageBytes, size);
}

HAKMEM_PUBLIC void* pvalloc(size_t size) noexcept {
  if (size > SIZE_MAX - hakmem::kPageBytes) {
    errno = ENOMEM;
    return nullptr;
  }
  return valloc(hakmem::RoundUp(size, hakmem::kPageBytes));
}

HAKMEM_PUBLIC size_t malloc_usable_size(void* p) noexcept { return hakmem::UsableSize(p); }

// C23. The size is a hint: see hak_free_sized.
HAKMEM_PUBLIC void free_sized(void* p, size_t) { free(p); }
HAKMEM_PUBLIC void free_aligned_sized(void* p, size_t, size_t) { free(p); }

// Gone from glibc's headers, still bound by programs built before 2.26.
HAKMEM_PUBLIC void cfree(void* p) { hakmem::Free(p); }

HAKMEM_PUBLIC int malloc_trim(size_t) noexcept { return hakmem::Purge() > 0 ? 1 : 0; }

// M_TRIM_THRESHOLD is how much free memory may stay. Tuning that has no meaning here is answered as
// glibc does: 1, unless the value is out of range.
HAKMEM_PUBLIC int mallopt(int parameter, int value) noexcept {
  constexpr int kMaxFast = 160;  // glibc: 80 * sizeof(size_t) / 4
  switch (parameter) {
    case M_TRIM_THRESHOLD:  // -1, as a size: never give back
      hakmem::process.superslabs.SetDirtyFloor(static_cast<size_t>(value));
      return 1;
    case M_MXFAST:
      return value >= 0 && value <= kMaxFast ? 1 : 0;
    default:
      return 1;
  }
}

HAKMEM_PUBLIC struct mallinfo2 mallinfo2(void) noexcept {
  const hakmem::HeapStats stats = hakmem::CollectHeapStats();
  struct mallinfo2 info = {};
  info.arena = stats.SlabBytes();
  info.hblks = stats.runs;
  info.hblkhd = stats.run_bytes;
  info.uordblks = stats.SlabBlockBytes();
  info.fordblks = info.arena - info.uordblks;
  info.keepcost = stats.FreeBytes();
  for (hakmem::SizeClass c = 1; c < hakmem::kNumClasses; ++c) {
    const hakmem::HeapStats::PerClass& per_class = stats.classes[c];
    info.ordblks += per_class.slabs * hakmem::kGeometry[c].blocks_per_slab - per_class.blocks_out;
  }
  return info;
}

// The same in ints, which wrap around above 2 GiB, as glibc's do.
HAKMEM_PUBLIC struct mallinfo mallinfo(void) noexcept {
  const struct mallinfo2 info = mallinfo2();
  struct mallinfo narrow = {};
  narrow.arena = static_cast<int>(info.arena);
  narrow.ordblks = static_cast<int>(info.ordblks);
  narrow.hblks = static_cast<int>(info.hblks);
  narrow.hblkhd = static_cast<int>(info.hblkhd);
  narrow.uordblks = static_cast<int>(info.uordblks);
  narrow.fordblks = static_cast<int>(info.fordblks);
  narrow.keepcost = static_cast<int>(info.keepcost);
  return narrow;
}

HAKMEM_PUBLIC void malloc_stats(void) noexcept { hakmem::PrintHeapStats(STDERR_FILENO); }

HAKMEM_PUBLIC int malloc_info(int options, FILE* stream) noexcept {
  if (options != 0) return EINVAL;
  hakmem::HeapText text;
  hakmem::WriteXml(hakmem::CollectHeapStats(), text.out());
  fwrite(text.out().text().data(), 1, text.out().text().size(), stream);
  return 0;
}

}  // extern "C"
