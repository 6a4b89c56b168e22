// The table of malloc and its family, whoever defines them in this binary.
#ifndef HAKMEM_TESTING_MODEL_MALLOC_FAMILY_H_
#define HAKMEM_TESTING_MODEL_MALLOC_FAMILY_H_

#include <malloc.h>
#include <stdlib.h>

#include "testing/model/allocator.h"

namespace hakmem::model {

// All but what glibc lacks: the caller adds `free_sized` and `free_aligned_sized`, and what it
// knows of the allocator.
constexpr Allocator MallocFamily(const char* name) {
  return {
      .name = name,
      .malloc = ::malloc,
      .calloc = ::calloc,
      .realloc = ::realloc,
      .reallocarray = ::reallocarray,
      .aligned_alloc = ::aligned_alloc,
      .posix_memalign = ::posix_memalign,
      .free = ::free,
      .free_sized = nullptr,
      .free_aligned_sized = nullptr,
      .usable_size = [](const void* p) { return malloc_usable_size(const_cast<void*>(p)); },
      .owns = nullptr,
      .is_hakmem = false,
  };
}

}  // namespace hakmem::model

#endif  // HAKMEM_TESTING_MODEL_MALLOC_FAMILY_H_
