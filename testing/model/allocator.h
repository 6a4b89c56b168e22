// An allocator's functions as a table, so that one test runs over hak_*, over a malloc that hakmem
// replaced, and over the system's malloc (which checks the test itself).
//
// Which allocator a binary tests is decided by the library it links: each of //testing/model:hak,
// //testing/model:replaced_malloc and //testing/model:system_malloc defines AllocatorUnderTest().
#ifndef HAKMEM_TESTING_MODEL_ALLOCATOR_H_
#define HAKMEM_TESTING_MODEL_ALLOCATOR_H_

#include <cstddef>

namespace hakmem::model {

// Every function behaves as its namesake in box/hakmem.h. Calls go through pointers, so that the
// compiler cannot remove a pair of malloc and free, or judge a size that is meant to be refused.
struct Allocator {
  const char* name;
  void* (*malloc)(size_t size);
  void* (*calloc)(size_t count, size_t size);
  void* (*realloc)(void* p, size_t size);
  void* (*reallocarray)(void* p, size_t count, size_t size);
  void* (*aligned_alloc)(size_t alignment, size_t size);
  int (*posix_memalign)(void** out, size_t alignment, size_t size);
  void (*free)(void* p);
  void (*free_sized)(void* p, size_t size);
  void (*free_aligned_sized)(void* p, size_t alignment, size_t size);
  size_t (*usable_size)(const void* p);
  // Whether the allocator manages the address. Null if the allocator can't tell (the system's).
  int (*owns)(const void* p);
  // False for the system's allocator, which keeps less than box/hakmem.h promises: glibc 2.36's
  // posix_memalign may change errno, and its aligned_alloc rounds an alignment up to a power of
  // two.
  bool is_hakmem;
};

const Allocator& AllocatorUnderTest();

}  // namespace hakmem::model

#endif  // HAKMEM_TESTING_MODEL_ALLOCATOR_H_
