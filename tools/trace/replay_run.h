// Runs a replay plan (tools/trace/replay_format.h) in this process, with whatever malloc it finds.
//
// Part of the worker: needs nothing of the C++ library at run time, and allocates nothing but the
// plan's blocks (and what the C library needs to start a thread). The plan is read piece by piece,
// so that it does not count as memory of the workload's.
//
// Of every block the first and the last byte and one of each page between are written.
#ifndef HAKMEM_TOOLS_TRACE_REPLAY_RUN_H_
#define HAKMEM_TOOLS_TRACE_REPLAY_RUN_H_

#include <cstdint>

namespace hakmem::trace {

struct ReplayResult {
  uint64_t calls = 0;    // of the allocator, over all threads and rounds
  uint64_t threads = 0;  // the most that ran at a time
  uint64_t waits = 0;    // how often a call had to wait for another thread's
  double seconds = 0;    // on the monotonic clock; without freeing what was left at the end
};

// Replays the file `rounds` times, each time from no block to no block. Returns nullptr, or what
// failed.
const char* RunReplay(const char* file, uint64_t rounds, ReplayResult* result);

}  // namespace hakmem::trace

#endif  // HAKMEM_TOOLS_TRACE_REPLAY_RUN_H_
