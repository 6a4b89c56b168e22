// The table of malloc and its family in a binary where hakmem replaces them.

#include <stddef.h>

#include "box/hakmem.h"
#include "testing/model/allocator.h"
#include "testing/model/malloc_family.h"

// C23 (7.24.3.4, 7.24.3.5); glibc 2.36 neither declares nor defines them.
extern "C" void free_sized(void* p, size_t size);
extern "C" void free_aligned_sized(void* p, size_t alignment, size_t size);

namespace hakmem::model {

const Allocator& AllocatorUnderTest() {
  static constexpr Allocator kReplacedMalloc = [] {
    Allocator allocator = MallocFamily("replaced malloc");
    allocator.free_sized = ::free_sized;
    allocator.free_aligned_sized = ::free_aligned_sized;
    allocator.owns = hak_owns;
    allocator.is_hakmem = true;
    return allocator;
  }();
  return kReplacedMalloc;
}

}  // namespace hakmem::model
