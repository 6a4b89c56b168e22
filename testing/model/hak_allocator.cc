#include "box/hakmem.h"
#include "testing/model/allocator.h"

namespace hakmem::model {

const Allocator& AllocatorUnderTest() {
  static constexpr Allocator kHak = {
      .name = "hak",
      .malloc = hak_malloc,
      .calloc = hak_calloc,
      .realloc = hak_realloc,
      .reallocarray = hak_reallocarray,
      .aligned_alloc = hak_aligned_alloc,
      .posix_memalign = hak_posix_memalign,
      .free = hak_free,
      .free_sized = hak_free_sized,
      .free_aligned_sized = hak_free_aligned_sized,
      .usable_size = hak_usable_size,
      .owns = hak_owns,
      .is_hakmem = true,
  };
  return kHak;
}

}  // namespace hakmem::model
