// The table of the system's malloc: what the tests say of it is known, so it checks the tests.

#include <malloc.h>
#include <stdlib.h>

#include "testing/model/allocator.h"

namespace hakmem::model {
namespace {

size_t UsableSize(const void* p) { return malloc_usable_size(const_cast<void*>(p)); }

// glibc 2.36 lacks the sized forms; C23 defines both as free() plus a promise of the caller.
void FreeSized(void* p, size_t) { ::free(p); }
void FreeAlignedSized(void* p, size_t, size_t) { ::free(p); }

}  // namespace

const Allocator& AllocatorUnderTest() {
  static constexpr Allocator kSystemMalloc = {
      .name = "system malloc",
      .malloc = ::malloc,
      .calloc = ::calloc,
      .realloc = ::realloc,
      .reallocarray = ::reallocarray,
      .aligned_alloc = ::aligned_alloc,
      .posix_memalign = ::posix_memalign,
      .free = ::free,
      .free_sized = FreeSized,
      .free_aligned_sized = FreeAlignedSized,
      .usable_size = UsableSize,
      .owns = nullptr,
      .is_hakmem = false,
  };
  return kSystemMalloc;
}

}  // namespace hakmem::model
