// Two functions of a shared library that do nothing: what a malloc and a free cost before either
// does anything.
#ifndef BENCH_EMPTY_CALLS_H_
#define BENCH_EMPTY_CALLS_H_

#include <cstddef>

namespace hakmem::bench {

// Returns NULL.
[[gnu::visibility("default")]] void* EmptyMalloc(size_t size);
[[gnu::visibility("default")]] void EmptyFree(void* p);

}  // namespace hakmem::bench

#endif  // BENCH_EMPTY_CALLS_H_
