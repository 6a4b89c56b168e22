#include "bench/larson_workload.h"

#include <pthread.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>

#include "bench/harness/checked_block.h"
#include "bench/harness/random.h"
#include "bench/harness/worker_threads.h"

namespace hakmem::bench {
namespace {

// Operations between two looks at the stop flag: under 10 microseconds with any allocator.
constexpr uint64_t kBatch = 128;

// What all chains share. Written by the main thread before the start, but for the atomics.
struct Run {
  LarsonParams params;
  pthread_barrier_t start = {};
  sem_t finished = {};  // posted once by every chain
  // Set by the main thread when time is up, or by a thread that fails. Relaxed: it carries no data,
  // and a batch more or less is no error.
  std::atomic<bool> stop{false};
  // The first failure. Relaxed: the text is constant, and main reads it after joining the threads.
  std::atomic<const char*> failure{nullptr};
};

// The succession of threads that work on one array of blocks. Only the chain's thread of the moment
// touches it; pthread_create passes it on. Aligned so that chains share no cache line, nor a pair
// of lines that the processor fetches together.
struct alignas(128) ThreadChain {
  Run* run;
  char** blocks;       // blocks_per_thread slots, none NULL while the chain runs
  Expected* expected;  // beside each slot in self-check, else nullptr
  uint64_t random_state;
  uint64_t operations;
  uint64_t handovers;
  uint64_t errors;
  int64_t handover_begin;  // nanoseconds; set by the thread that hands over
  int64_t handover_nanoseconds;
  int64_t start;       // nanoseconds
  int64_t finish;      // nanoseconds
  pthread_t thread;    // the one at work; at the end the last one, for main to join
  pthread_t previous;  // the one before it, valid when handovers > 0
};

void Fail(Run* run, const char* failure) {
  const char* none = nullptr;
  run->failure.compare_exchange_strong(none, failure, std::memory_order_relaxed);
  run->stop.store(true, std::memory_order_relaxed);
}

// The size that `random` selects.
size_t SizeOf(const LarsonParams& params, uint64_t random) {
  const uint64_t range = params.max_size - params.min_size + 1;
  return params.min_size + Scale(static_cast<uint32_t>(random), range);
}

// Allocates the next block for `slot`; the caller puts it there. NULL when malloc returns NULL.
template <bool kSelfCheck>
inline char* NewBlockFor(ThreadChain* chain, size_t slot, size_t size, uint64_t random) {
  return NewBlock<kSelfCheck>(size, static_cast<uint32_t>(random ^ slot),
                              kSelfCheck ? &chain->expected[slot] : nullptr);
}

bool IsSlotIntact(const ThreadChain& chain, size_t slot) {
  return IsIntact(chain.blocks[slot], chain.expected[slot]);
}

// The measured loop: `count` operations. Returns how many were done, fewer only when out of memory.
template <bool kSelfCheck>
[[gnu::noinline]] uint64_t ReplaceBlocks(ThreadChain* chain, uint64_t count) {
  // Copies, which stores to blocks cannot change as far as the compiler knows.
  const LarsonParams params = chain->run->params;
  char** const blocks = chain->blocks;
  uint64_t state = chain->random_state;
  uint64_t done = 0;
  for (; done < count; ++done) {
    const uint64_t random = NextRandom(&state);
    const size_t slot = Scale(static_cast<uint32_t>(random >> 32), params.blocks_per_thread);
    if constexpr (kSelfCheck) chain->errors += IsSlotIntact(*chain, slot) ? 0 : 1;
    free(blocks[slot]);
    blocks[slot] = NewBlockFor<kSelfCheck>(chain, slot, SizeOf(params, random), random);
    if (blocks[slot] == nullptr) [[unlikely]]
      break;
  }
  chain->random_state = state;
  return done;
}

// Works until it is time to hand over. Returns false when the chain is at its end.
template <bool kSelfCheck>
bool WorkOneTurn(ThreadChain* chain) {
  Run* run = chain->run;
  const uint64_t limit = run->params.operations_per_thread;
  uint64_t turn = run->params.OperationsPerHandover();
  if (limit != 0 && turn > limit - chain->operations) turn = limit - chain->operations;
  while (turn > 0) {
    if (run->stop.load(std::memory_order_relaxed)) return false;
    const uint64_t count = turn < kBatch ? turn : kBatch;
    const uint64_t done = ReplaceBlocks<kSelfCheck>(chain, count);
    chain->operations += done;
    turn -= done;
    if (done < count) Fail(run, "malloc returned NULL");
  }
  return limit == 0 || chain->operations < limit;
}

void* FirstThread(void* argument);
void* NextThread(void* argument);

// Starts the next thread on `chain`. The calling thread must not touch the chain afterwards. The
// thread before it has ended long ago, or is about to: joining it here keeps at most two threads of
// a chain alive and lets the C library reuse the stack.
bool HandOver(ThreadChain* chain) {
  chain->handover_begin = Now();
  if (chain->handovers > 0) pthread_join(chain->previous, nullptr);
  chain->previous = pthread_self();
  ++chain->handovers;
  pthread_t next;
  return pthread_create(&next, nullptr, NextThread, chain) == 0;
}

void Work(ThreadChain* chain) {
  Run* run = chain->run;
  const bool more = run->params.self_check ? WorkOneTurn<true>(chain) : WorkOneTurn<false>(chain);
  if (more) {
    if (HandOver(chain)) return;
    Fail(run, "pthread_create failed");
    // The thread before this one is joined, and this one is the last.
    --chain->handovers;
    chain->finish = Now();
    sem_post(&run->finished);
    return;
  }
  chain->finish = Now();
  if (chain->handovers > 0) pthread_join(chain->previous, nullptr);
  sem_post(&run->finished);
}

void* FirstThread(void* argument) {
  auto* chain = static_cast<ThreadChain*>(argument);
  pthread_barrier_wait(&chain->run->start);
  chain->start = Now();
  Work(chain);
  return nullptr;
}

void* NextThread(void* argument) {
  auto* chain = static_cast<ThreadChain*>(argument);
  chain->thread = pthread_self();
  chain->handover_nanoseconds += Now() - chain->handover_begin;
  Work(chain);
  return nullptr;
}

// Gives every slot of `chain` its first block, from the main thread. Returns nullptr or a failure.
const char* PrepareChain(Run* run, ThreadChain* chain, uint64_t number) {
  const LarsonParams& params = run->params;
  chain->run = run;
  chain->blocks = static_cast<char**>(Map(params.blocks_per_thread * sizeof(char*)));
  if (chain->blocks == nullptr) return "no memory for the array of blocks";
  if (params.self_check) {
    chain->expected = static_cast<Expected*>(Map(params.blocks_per_thread * sizeof(Expected)));
    if (chain->expected == nullptr) return "no memory for the array of expected contents";
  }
  uint64_t seed = params.seed + number;
  chain->random_state = NextRandom(&seed);
  for (size_t slot = 0; slot < params.blocks_per_thread; ++slot) {
    const uint64_t random = NextRandom(&chain->random_state);
    const size_t size = SizeOf(params, random);
    chain->blocks[slot] = params.self_check ? NewBlockFor<true>(chain, slot, size, random)
                                            : NewBlockFor<false>(chain, slot, size, random);
    if (chain->blocks[slot] == nullptr) return "malloc returned NULL";
  }
  return nullptr;
}

// Adds a finished chain's figures to `*result`, and frees its blocks.
void CollectChain(const LarsonParams& params, ThreadChain* chain, LarsonResult* result) {
  result->operations += chain->operations;
  result->handovers += chain->handovers;
  result->handover_seconds +=
      static_cast<double>(chain->handover_nanoseconds) / kNanosecondsPerSecond;
  result->checksum = result->checksum * 31 + chain->random_state;
  for (size_t slot = 0; slot < params.blocks_per_thread; ++slot) {
    if (chain->blocks[slot] == nullptr) continue;  // the run failed for lack of memory
    ++result->live_blocks;
    if (params.self_check) {
      result->live_bytes += chain->expected[slot].size;
      chain->errors += IsSlotIntact(*chain, slot) ? 0 : 1;
    }
    free(chain->blocks[slot]);
  }
  result->errors += chain->errors;
  munmap(chain->blocks, params.blocks_per_thread * sizeof(char*));
  if (params.self_check) munmap(chain->expected, params.blocks_per_thread * sizeof(Expected));
}

// Lets all chains run, and returns the nanoseconds from the start of the first to the finish of the
// last. By the chains' own clock readings: this thread may get a processor late.
int64_t RunChains(Run* run, ThreadChain* chains) {
  const LarsonParams& params = run->params;
  pthread_barrier_wait(&run->start);
  if (params.operations_per_thread == 0) {
    const int64_t end = Now() + static_cast<int64_t>(params.seconds * kNanosecondsPerSecond);
    const timespec deadline = {end / kNanosecondsPerSecond, end % kNanosecondsPerSecond};
    // Only a signal handler interrupts it, and then the run is as short as it says.
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, nullptr);
    run->stop.store(true, std::memory_order_relaxed);
  }
  for (uint64_t i = 0; i < params.threads; ++i) sem_wait(&run->finished);
  int64_t start = INT64_MAX;
  int64_t finish = 0;
  for (uint64_t i = 0; i < params.threads; ++i) {
    pthread_join(chains[i].thread, nullptr);
    start = std::min(start, chains[i].start);
    finish = std::max(finish, chains[i].finish);
  }
  return finish - start;
}

}  // namespace

const char* RunLarson(const LarsonParams& params, LarsonResult* result) {
  *result = LarsonResult();
  auto* chains = static_cast<ThreadChain*>(Map(params.threads * sizeof(ThreadChain)));
  if (chains == nullptr) return "no memory for the threads' state";
  // Static: a thread that fails to start leaves others waiting at the barrier in it.
  static constinit Run run;
  run.params = params;
  run.stop.store(false, std::memory_order_relaxed);       // no other thread runs yet
  run.failure.store(nullptr, std::memory_order_relaxed);  // likewise
  pthread_barrier_init(&run.start, nullptr, static_cast<unsigned>(params.threads) + 1);
  sem_init(&run.finished, 0, 0);
  for (uint64_t i = 0; i < params.threads; ++i) {
    const char* failure = PrepareChain(&run, &chains[i], i);
    if (failure != nullptr) return failure;
  }
  for (uint64_t i = 0; i < params.threads; ++i) {
    if (pthread_create(&chains[i].thread, nullptr, FirstThread, &chains[i]) != 0) {
      return "pthread_create failed";
    }
  }
  result->seconds = static_cast<double>(RunChains(&run, chains)) / kNanosecondsPerSecond;
  for (uint64_t i = 0; i < params.threads; ++i) CollectChain(params, &chains[i], result);
  sem_destroy(&run.finished);
  pthread_barrier_destroy(&run.start);
  munmap(chains, params.threads * sizeof(ThreadChain));
  return run.failure.load(std::memory_order_relaxed);  // all threads are joined
}

}  // namespace hakmem::bench
