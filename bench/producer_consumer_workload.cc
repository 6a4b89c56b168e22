#include "bench/producer_consumer_workload.h"

#include <sched.h>
#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>

#include "bench/harness/checked_block.h"
#include "bench/harness/random.h"
#include "bench/harness/worker_threads.h"
#include "bench/spsc_queue.h"

namespace hakmem::bench {
namespace {

// Looks at a queue before the processor is yielded: about a microsecond.
constexpr int kSpins = 32;
// Messages a consumer takes from one queue before it looks at the next.
constexpr int kBatch = 32;

// One thread's figures. Aligned so that threads share no cache line, nor a pair of lines that the
// processor fetches together.
struct alignas(128) ThreadFigures {
  uint64_t operations;
  uint64_t errors;
  uint64_t waits;
  bool out_of_memory;
};

struct Run {
  const ProducerConsumerParams* params;
  SpscQueue* queues;  // that of producer p and consumer c at p * consumers + c
  Message* slots;     // of all queues
  ThreadFigures* threads;

  size_t QueueCount() const { return params->producers * params->consumers; }
  size_t ThreadCount() const { return params->producers + params->consumers; }
};

// Waits for a queue to change.
class Backoff {
 public:
  void Wait() {
    if (++tries_ < kSpins) {
      __builtin_ia32_pause();
    } else {
      sched_yield();
    }
  }
  void Reset() { tries_ = 0; }

 private:
  int tries_ = 0;
};

void PutOrWait(SpscQueue* queue, const Message& message, uint64_t* waits) {
  Backoff backoff;
  while (!queue->Put(message)) {
    ++*waits;
    backoff.Wait();
  }
}

template <bool kSelfCheck>
[[gnu::noinline]] void Produce(const Run& run, uint64_t producer, ThreadFigures* figures) {
  const ProducerConsumerParams params = *run.params;
  const uint64_t sizes = params.max_size - params.min_size + 1;
  SpscQueue* const queues = run.queues + producer * params.consumers;
  uint64_t seed = params.seed + producer;
  uint64_t state = NextRandom(&seed);
  uint64_t consumer = 0;
  for (uint64_t i = 0; i < params.messages; ++i) {
    const uint64_t random = NextRandom(&state);
    const size_t size = params.min_size + Scale(static_cast<uint32_t>(random), sizes);
    Message message;
    message.expected.size = static_cast<uint32_t>(size);
    message.block = NewBlock<kSelfCheck>(size, static_cast<uint32_t>(i), &message.expected);
    if (message.block == nullptr) [[unlikely]] {
      figures->out_of_memory = true;
      break;
    }
    PutOrWait(&queues[consumer], message, &figures->waits);
    if (++consumer == params.consumers) consumer = 0;
  }
  for (uint64_t c = 0; c < params.consumers; ++c) {
    PutOrWait(&queues[c], {.block = nullptr, .expected = {}}, &figures->waits);
  }
}

template <bool kSelfCheck>
void Consume(const Message& message, ThreadFigures* figures) {
  if constexpr (kSelfCheck) {
    figures->errors += IsIntact(message.block, message.expected) ? 0 : 1;
  } else {
    const volatile char* block = message.block;
    static_cast<void>(block[0]);
    static_cast<void>(block[message.expected.size - 1]);
  }
  free(message.block);
  ++figures->operations;
}

template <bool kSelfCheck>
[[gnu::noinline]] void ConsumeAll(const Run& run, uint64_t consumer, ThreadFigures* figures) {
  const uint64_t producers = run.params->producers;
  const uint64_t consumers = run.params->consumers;
  Backoff backoff;
  for (uint64_t at_work = producers; at_work > 0;) {
    bool found = false;
    for (uint64_t p = 0; p < producers; ++p) {
      SpscQueue& queue = run.queues[p * consumers + consumer];
      Message message;
      for (int i = 0; i < kBatch && queue.Take(&message); ++i) {
        found = true;
        if (message.block == nullptr) {
          --at_work;
        } else {
          Consume<kSelfCheck>(message, figures);
        }
      }
    }
    if (found) {
      backoff.Reset();
    } else {
      ++figures->waits;
      backoff.Wait();
    }
  }
}

template <bool kSelfCheck>
void RunThread(void* context, uint64_t number) {
  const Run& run = *static_cast<Run*>(context);
  const uint64_t producers = run.params->producers;
  if (number < producers) {
    Produce<kSelfCheck>(run, number, &run.threads[number]);
  } else {
    ConsumeAll<kSelfCheck>(run, number - producers, &run.threads[number]);
  }
}

bool Prepare(Run* run) {
  const uint64_t depth = run->params->depth;
  run->queues = static_cast<SpscQueue*>(Map(run->QueueCount() * sizeof(SpscQueue)));
  run->slots = static_cast<Message*>(Map(run->QueueCount() * depth * sizeof(Message)));
  run->threads = static_cast<ThreadFigures*>(Map(run->ThreadCount() * sizeof(ThreadFigures)));
  if (run->queues == nullptr || run->slots == nullptr || run->threads == nullptr) return false;
  for (size_t i = 0; i < run->QueueCount(); ++i) run->queues[i].Init(run->slots + i * depth, depth);
  return true;
}

}  // namespace

const char* RunProducerConsumer(const ProducerConsumerParams& params,
                                ProducerConsumerResult* result) {
  *result = ProducerConsumerResult();
  Run run = {.params = &params, .queues = nullptr, .slots = nullptr, .threads = nullptr};
  if (!Prepare(&run)) return "no memory for the queues";
  result->seconds = RunTogether(run.ThreadCount(),
                                params.self_check != 0 ? RunThread<true> : RunThread<false>, &run);
  if (result->seconds < 0) return "a thread could not be started";
  bool out_of_memory = false;
  for (size_t i = 0; i < run.ThreadCount(); ++i) {
    const ThreadFigures& figures = run.threads[i];
    result->operations += figures.operations;
    result->errors += figures.errors;
    (i < params.producers ? result->full : result->empty) += figures.waits;
    out_of_memory |= figures.out_of_memory;
  }
  munmap(run.queues, run.QueueCount() * sizeof(SpscQueue));
  munmap(run.slots, run.QueueCount() * params.depth * sizeof(Message));
  munmap(run.threads, run.ThreadCount() * sizeof(ThreadFigures));
  return out_of_memory ? "malloc returned NULL" : nullptr;
}

}  // namespace hakmem::bench
