// The hak_* API: names and contracts over box/dispatch.h.
#include "box/hakmem.h"

#include "box/api.h"
#include "box/dispatch.h"
#include "box/heap_stats.h"
#include "superslab/process.h"

extern "C" {

void* hak_malloc(size_t size) { return hakmem::Allocate(size); }

void hak_free(void* p) { hakmem::Free(p); }

void* hak_calloc(size_t count, size_t size) { return hakmem::AllocateZeroed(count, size); }

void* hak_realloc(void* p, size_t size) { return hakmem::Reallocate(p, size); }

void* hak_reallocarray(void* p, size_t count, size_t size) {
  return hakmem::ReallocateArray(p, count, size);
}

void* hak_aligned_alloc(size_t alignment, size_t size) {
  return hakmem::AlignedAlloc(alignment, size);
}

int hak_posix_memalign(void** out, size_t alignment, size_t size) {
  return hakmem::PosixMemalign(out, alignment, size);
}

// The size is a hint that saves other allocators a look-up. Ours costs less than checking the hint.
void hak_free_sized(void* p, size_t) { hakmem::Free(p); }

void hak_free_aligned_sized(void* p, size_t, size_t) { hakmem::Free(p); }

size_t hak_usable_size(const void* p) { return hakmem::UsableSize(p); }

int hak_owns(const void* p) {
  return hakmem::process.initialized() && hakmem::process.superslabs.Contains(p) ? 1 : 0;
}

size_t hak_purge(void) { return hakmem::Purge(); }

int hak_purge_in_background(void) { return hakmem::process.purger.Start() ? 1 : 0; }

size_t hak_stats(char* buffer, size_t capacity) {
  hakmem::TextWriter out(buffer, capacity);
  hakmem::WriteJson(hakmem::CollectHeapStats(), out);
  return out.length();
}

void hak_stats_print(int fd) { hakmem::PrintHeapStats(fd); }

const char* hak_version(void) { return hakmem::Version(); }

}  // extern "C"
