// The table of malloc and its family in a binary where hakmem replaces them.

#include <malloc.h>
#include <stdlib.h>

#include "box/hakmem.h"
#include "testing/model/allocator.h"

// C23 (7.24.3.4, 7.24.3.5); glibc 2.36 neither declares nor defines them.
extern "C" void free_sized(void* p, size_t size);
extern "C" void free_aligned_sized(void* p, size_t alignment, size_t size);

namespace hakmem::model {
namespace {

size_t UsableSize(const void* p) { return malloc_usable_size(const_cast<void*>(p)); }

}  // namespace

const Allocator& AllocatorUnderTest() {
  static constexpr Allocator kReplacedMalloc = {
      .name = "replaced malloc",
      .malloc = ::malloc,
      .calloc = ::calloc,
      .realloc = ::realloc,
      .reallocarray = ::reallocarray,
      .aligned_alloc = ::aligned_alloc,
      .posix_memalign = ::posix_memalign,
      .free = ::free,
      .free_sized = ::free_sized,
      .free_aligned_sized = ::free_aligned_sized,
      .usable_size = UsableSize,
      .owns = hak_owns,
      .is_hakmem = true,
  };
  return kReplacedMalloc;
}

}  // namespace hakmem::model
