// The operations of //bench:micro_fastpath: what the worker measures and the runner shows.
#ifndef BENCH_MICRO_FASTPATH_OPERATIONS_H_
#define BENCH_MICRO_FASTPATH_OPERATIONS_H_

#include <cstddef>

namespace hakmem::bench {

// Request sizes of the hit path, in bytes: tiny to 1024, mid to 32768.
inline constexpr size_t kFastPathSizes[] = {8, 16, 64, 256, 1024, 4096, 32768};

// Benchmarks of the hit path are called OPERATION/SIZE. Cycles are of one call; in pair and batch
// of a malloc and a free together.
inline constexpr char kMalloc[] = "malloc";  // alone: a burst that the thread's cache can serve
inline constexpr char kFree[] = "free";      // alone: a burst that the thread's cache can take
inline constexpr char kPair[] = "pair";      // malloc, free, malloc, free, ...
inline constexpr char kBatch[] = "batch";    // 100 mallocs, 100 frees

// The same calls to functions that do nothing, in a shared library.
inline constexpr char kEmptyMalloc[] = "empty_malloc";
inline constexpr char kEmptyFree[] = "empty_free";
inline constexpr char kEmptyPair[] = "empty_pair";
inline constexpr char kEmptyBatch[] = "empty_batch";

struct SlowOperation {
  const char* name;
  const char* title;
};

// Bytes of a block of refill, flush and remote_free.
inline constexpr size_t kStreamSize = 64;

// What leaves the hit path of hakmem; other allocators do the same calls.
inline constexpr SlowOperation kSlowOperations[] = {
    {"new_slab", "new slab: malloc 1024 and first touch"},
    {"refill", "refill: malloc 64, 20000 in a row"},
    {"flush", "flush: free 64, 20000 in a row"},
    {"remote_free", "remote: free 64, another thread's"},
    {"aligned_free", "free 64, aligned to 64"},
    {"usable_size", "malloc_usable_size of 64: the block looked up"},
    {"l25", "l25: pair of 65536"},
    {"huge", "huge: pair of 8 MiB"},
};

}  // namespace hakmem::bench

#endif  // BENCH_MICRO_FASTPATH_OPERATIONS_H_
