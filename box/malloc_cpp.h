// What the throwing and the nothrow forms of operator new have in common.
#ifndef HAKMEM_BOX_MALLOC_CPP_H_
#define HAKMEM_BOX_MALLOC_CPP_H_

#include <cstddef>
#include <new>

namespace hakmem {

// A block of `size` bytes. As long as there is none, the new-handler is called, which may throw;
// null when there is no handler (any more). Thread-safe.
void* NewOrNull(size_t size);
void* NewOrNull(size_t size, std::align_val_t alignment);

}  // namespace hakmem

#endif  // HAKMEM_BOX_MALLOC_CPP_H_
