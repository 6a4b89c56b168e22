// Threads that start together, and the time they take.
#ifndef BENCH_COMPARE_WORKLOADS_THREADS_H_
#define BENCH_COMPARE_WORKLOADS_THREADS_H_

#include <cstddef>

#include "bench/harness/worker_threads.h"

namespace hakmem::bench {

// Seconds on the monotonic clock.
inline double SecondsNow() { return static_cast<double>(Now()) / kNanosecondsPerSecond; }

// Sleeps for so long, whatever signals come.
void SleepSeconds(double seconds);

// The resident memory of this process at this moment, in KiB. Allocates nothing.
size_t ReadRssKib();

// Calls body(context, i) on a new thread for each i below `count`, and waits until all have ended:
// workloads in which threads die need that no thread but the caller stays. Returns the seconds from
// the start of the first to the end of the last, by their own clock readings: creating them is not
// in it. Ends the process when a thread can't be made.
double RunInNewThreads(size_t count, void (*body)(void* context, size_t index), void* context);

// The same for a callable body(index).
template <typename Body>
double RunInNewThreads(size_t count, Body body) {
  return RunInNewThreads(
      count, [](void* context, size_t index) { (*static_cast<Body*>(context))(index); }, &body);
}

}  // namespace hakmem::bench

#endif  // BENCH_COMPARE_WORKLOADS_THREADS_H_
