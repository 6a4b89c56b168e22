// What the files that define operator new and delete have in common.
#ifndef HAKMEM_BOX_MALLOC_CPP_H_
#define HAKMEM_BOX_MALLOC_CPP_H_

#include <cstddef>
#include <new>

#include "box/hakmem.h"

// The forms with a size are in one file, those without in another.
#pragma GCC diagnostic ignored "-Wsized-deallocation"

// Weak, so that a program that links hakmem may define operators of its own.
#define HAKMEM_OPERATOR HAKMEM_PUBLIC __attribute__((weak))
// The name below of the operator `name`.
#define HAKMEM_OWN_NEW(name) __attribute__((alias(name), malloc, alloc_size(1)))

namespace hakmem {

// A block of `size` bytes. As long as there is none, the new-handler is called, which may throw;
// null when there is no handler (any more). Thread-safe.
void* NewOrNull(size_t size);
void* NewOrNull(size_t size, std::align_val_t alignment);

// Our operators of that kind, also where the program's own have their names.
void* OwnNew(size_t size);
void* OwnNew(size_t size, std::align_val_t alignment);
void* OwnNewArray(size_t size);
void* OwnNewArray(size_t size, std::align_val_t alignment);

}  // namespace hakmem

#endif  // HAKMEM_BOX_MALLOC_CPP_H_
