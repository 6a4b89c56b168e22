// The random_mixed workload: a program that has many blocks of many sizes, and lets go of any of
// them at any time. After bench_random_mixed, the benchmark of the Phase 7 design.
//
// Every thread has a table of slots, all empty at first, and repeats one operation: pick a slot at
// random; if it holds a block, free it; if it is empty, allocate a block of a random size, write
// its first and its last byte, and put it there. So mallocs and frees alternate at random, and soon
// half of the slots hold a block. Threads share nothing but the allocator.
//
// What is counted: an operation is one malloc or one free. Filling the table from empty is part of
// the run, freeing what is left at the end is not.
//
// Determinism: what a thread does depends on the seed and the thread's number alone.
//
// The tables are mapped, not allocated: the allocator under test serves the blocks only.
#ifndef BENCH_RANDOM_MIXED_WORKLOAD_H_
#define BENCH_RANDOM_MIXED_WORKLOAD_H_

#include <cstdint>

#include "bench/random_mixed_args.h"

namespace hakmem::bench {

struct RandomMixedResult {
  uint64_t operations = 0;   // over all threads
  double seconds = 0;        // on the monotonic clock
  uint64_t live_blocks = 0;  // at the end, before they are freed
  uint64_t errors = 0;       // self-check: blocks found misaligned or with other contents
  uint64_t checksum = 0;     // of the random sequences: equal runs did equal work
};

// Called with each thread's table at the end of the run, before its blocks are freed; in the main
// thread, all others having ended.
struct TableVisitor {
  void (*visit)(void* context, char* const* slots, uint64_t count) = nullptr;
  void* context = nullptr;
};

// Runs the workload in this process, with malloc and free. `params` must have passed
// ParseRandomMixedArguments. Returns nullptr, or what failed; `*result` is then unspecified.
const char* RunRandomMixed(const RandomMixedParams& params, RandomMixedResult* result,
                           const TableVisitor& visitor = {});

}  // namespace hakmem::bench

#endif  // BENCH_RANDOM_MIXED_WORKLOAD_H_
