// Threads, memory and time for a workload, without the allocator under test.
#ifndef BENCH_HARNESS_WORKER_THREADS_H_
#define BENCH_HARNESS_WORKER_THREADS_H_

#include <cstddef>
#include <cstdint>

namespace hakmem::bench {

inline constexpr uint64_t kMaxThreads = 4096;
inline constexpr int64_t kNanosecondsPerSecond = 1000000000;

// Nanoseconds on the monotonic clock.
int64_t Now();

// Zeroed memory that no allocator sees; NULL on failure. munmap() gives it back.
void* Map(size_t bytes);

// Calls `work(context, i)` for every i below `threads`, at once: 0 in the calling thread, so that
// one thread alone is the process's only one, the others in threads of their own. All begin when
// all are there. Returns the seconds from the first beginning to the last end, or a negative number
// when a thread can't be started: others then wait for ever, and the process had better end.
double RunTogether(uint64_t threads, void (*work)(void* context, uint64_t number), void* context);

}  // namespace hakmem::bench

#endif  // BENCH_HARNESS_WORKER_THREADS_H_
