// Larson and Krishnan's server workload: "Memory Allocation for Long-Running Server Applications",
// ISMM 1998. The code is this project's own.
//
// Every thread has an array of live blocks and repeats one operation: pick a slot at random, free
// its block, allocate one of a random size, write its first and its last byte, put it in the slot.
// After `blocks_per_thread * rounds` operations the thread hands the array to a new thread and
// ends, as a server's connection moves from worker to worker: so blocks are freed by another thread
// than the one that allocated them. The first blocks are allocated by the main thread.
//
//   main:     fill all arrays     start          ...     stop, join, free all
//   chain 0:                      thread -> thread -> thread ->
//   chain 1:                      thread -> thread -> thread ->
//
// What is counted: an operation is one free and one malloc. Throughput is operations done over the
// time from the start of the first thread to the end of the last. The time in which a chain has no
// thread at work, because one hands over to the next, is measured and reported apart.
//
// Determinism: the sequence of slots and sizes of a chain depends on the seed and the chain's
// number alone. When the chains do a fixed number of operations, so do the results, times aside.
//
// The arrays are mapped, not allocated: the allocator under test serves the blocks only (and what
// the C library needs to start a thread).
#ifndef BENCH_LARSON_WORKLOAD_H_
#define BENCH_LARSON_WORKLOAD_H_

#include <cstdint>

#include "bench/larson_args.h"

namespace hakmem::bench {

struct LarsonResult {
  uint64_t operations = 0;      // over all threads
  double seconds = 0;           // on the monotonic clock
  uint64_t handovers = 0;       // over all threads
  double handover_seconds = 0;  // sum over all chains, so at most threads * seconds
  uint64_t errors = 0;          // self-check: blocks found misaligned or with other contents
  uint64_t live_blocks = 0;     // at the end, before they are freed
  uint64_t live_bytes = 0;      // requested bytes in them; known in self-check only
  uint64_t checksum = 0;        // of the random sequences: equal runs did equal work
};

// Runs the workload in this process, with malloc and free. `params` must have passed CheckParams.
// Returns nullptr, or what failed (out of memory, no thread); `*result` is then unspecified and
// blocks may be left allocated. Not to be called from two threads at once: the figures would be of
// both.
const char* RunLarson(const LarsonParams& params, LarsonResult* result);

}  // namespace hakmem::bench

#endif  // BENCH_LARSON_WORKLOAD_H_
