// The table of the system's malloc: what the tests say of it is known, so it checks the tests.

#include <stdlib.h>

#include "testing/model/allocator.h"
#include "testing/model/malloc_family.h"

namespace hakmem::model {

const Allocator& AllocatorUnderTest() {
  static constexpr Allocator kSystemMalloc = [] {
    Allocator allocator = MallocFamily("system malloc");
    // glibc 2.36 lacks the sized forms; C23 defines both as free() plus a promise of the caller.
    allocator.free_sized = [](void* p, size_t) { ::free(p); };
    allocator.free_aligned_sized = [](void* p, size_t, size_t) { ::free(p); };
    return allocator;
  }();
  return kSystemMalloc;
}

}  // namespace hakmem::model
