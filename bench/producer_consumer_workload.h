// The producer_consumer workload: every block is freed by another thread than the one that
// allocated it, as in a program that passes work from stage to stage.
//
//   producer 0 --queue--> consumer 0       a queue for each pair (spsc_queue.h)
//             \-queue--> consumer 1
//   producer 1 --queue--> consumer 0  ...
//
// A producer allocates a block of a random size, writes its first and its last byte, and puts it
// into the queue of the next consumer, in turn. A consumer takes from its queues in turn, reads the
// first and the last byte, and frees the block. Who finds all queues full, or empty, spins for a
// moment and then yields the processor.
//
// What is counted: an operation is one block, allocated and freed.
//
// Determinism: the sizes depend on the seed and the producer's number alone.
//
// The queues are mapped, not allocated: the allocator under test serves the blocks only.
#ifndef BENCH_PRODUCER_CONSUMER_WORKLOAD_H_
#define BENCH_PRODUCER_CONSUMER_WORKLOAD_H_

#include <cstdint>

#include "bench/producer_consumer_args.h"

namespace hakmem::bench {

struct ProducerConsumerResult {
  uint64_t operations = 0;  // blocks that were freed
  double seconds = 0;       // on the monotonic clock
  uint64_t errors = 0;      // self-check: blocks found misaligned or with other contents
  uint64_t full = 0;        // how often a producer found its queue full
  uint64_t empty = 0;       // how often a consumer found all its queues empty
};

// Runs the workload in this process, with malloc and free. `params` must have passed
// ParseProducerConsumerArguments. Returns nullptr, or what failed; `*result` is then unspecified.
const char* RunProducerConsumer(const ProducerConsumerParams& params,
                                ProducerConsumerResult* result);

}  // namespace hakmem::bench

#endif  // BENCH_PRODUCER_CONSUMER_WORKLOAD_H_
