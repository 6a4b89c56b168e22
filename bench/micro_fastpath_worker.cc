// micro_fastpath_worker: measures the operations of micro_fastpath_operations.h with whatever
// malloc it finds, as Google Benchmarks, and reports (harness/micro_worker.h). Started by
// //bench:micro_fastpath.
//
//   micro_fastpath_worker [--benchmark_filter=REGEX] [--benchmark_min_time=SECONDS]
#include <benchmark/benchmark.h>
#include <malloc.h>
#include <pthread.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "bench/empty_calls.h"
#include "bench/harness/micro_worker.h"
#include "bench/micro_fastpath_operations.h"

namespace hakmem::bench {
namespace {

// The calls under test.
struct MallocCalls {
  static void* Take(size_t size) { return malloc(size); }
  static void Give(void* p) { free(p); }
};
struct EmptyCalls {
  static void* Take(size_t size) { return EmptyMalloc(size); }
  static void Give(void* p) { EmptyFree(p); }
};

constexpr size_t kBatchCount = 100;
// More than any thread cache holds.
constexpr size_t kStream = 20000;
// What a burst may hold, so that thread caches can: bytes and blocks.
constexpr size_t kBurstBytes = 128 * 1024;

constexpr size_t kNewSlabSize = 1024;
constexpr size_t kNewSlabCount = 2000;
constexpr int kNewSlabRepeats = 10;

void* blocks[std::max(kStream, kNewSlabCount* kNewSlabRepeats)];

size_t BurstCount(size_t size) { return std::min(kBatchCount, kBurstBytes / size); }

template <typename Calls>
void TakeAll(size_t size, size_t count, void** to) {
  for (size_t i = 0; i < count; ++i) to[i] = Calls::Take(size);
  benchmark::ClobberMemory();
}

template <typename Calls>
void GiveAll(size_t count, void** from) {
  for (size_t i = 0; i < count; ++i) Calls::Give(from[i]);
}

template <typename Calls>
void Pair(benchmark::State& state, size_t size) {
  MicroTimer timer;
  Calls::Give(Calls::Take(size));
  timer.Start();
  for (auto _ : state) {
    void* p = Calls::Take(size);
    benchmark::DoNotOptimize(p);
    Calls::Give(p);
  }
  timer.Stop();
  timer.SetCounters(state, static_cast<double>(state.iterations()));
}

template <typename Calls>
void Batch(benchmark::State& state, size_t size) {
  MicroTimer timer;
  TakeAll<Calls>(size, kBatchCount, blocks);
  GiveAll<Calls>(kBatchCount, blocks);
  timer.Start();
  for (auto _ : state) {
    TakeAll<Calls>(size, kBatchCount, blocks);
    GiveAll<Calls>(kBatchCount, blocks);
  }
  timer.Stop();
  timer.SetCounters(state, static_cast<double>(state.iterations() * kBatchCount));
}

// Takes and gives back `count` blocks, of which one half counts.
template <typename Calls, bool kTimeTake>
void Burst(benchmark::State& state, size_t size, size_t count) {
  MicroTimer timer;
  TakeAll<Calls>(size, count, blocks);
  GiveAll<Calls>(count, blocks);
  for (auto _ : state) {
    if (kTimeTake) timer.Start();
    TakeAll<Calls>(size, count, blocks);
    if (kTimeTake) {
      timer.Stop();
    } else {
      timer.Start();
    }
    GiveAll<Calls>(count, blocks);
    if (!kTimeTake) timer.Stop();
  }
  timer.SetCounters(state, static_cast<double>(state.iterations()) * static_cast<double>(count));
}

// Memory that was never used before: every iteration takes more, and all goes back at the end.
void NewSlab(benchmark::State& state) {
  MicroTimer timer;
  size_t taken = 0;
  for (auto _ : state) {
    timer.Start();
    for (size_t i = 0; i < kNewSlabCount; ++i) {
      auto* p = static_cast<volatile char*>(malloc(kNewSlabSize));
      p[0] = 'a';
      blocks[taken++] = const_cast<char*>(p);
    }
    timer.Stop();
  }
  timer.SetCounters(state, static_cast<double>(taken));
  GiveAll<MallocCalls>(taken, blocks);
}

// Another thread that allocates the stream whenever it is asked to.
class Producer {
 public:
  Producer() {
    pthread_barrier_init(&barrier_, nullptr, 2);
    pthread_create(&thread_, nullptr, Run, this);
  }
  ~Producer() {
    ending_ = true;
    pthread_barrier_wait(&barrier_);
    pthread_join(thread_, nullptr);
    pthread_barrier_destroy(&barrier_);
  }
  // Returns when `blocks` is full again.
  void Fill() {
    pthread_barrier_wait(&barrier_);
    pthread_barrier_wait(&barrier_);
  }

 private:
  static void* Run(void* self) {
    auto* producer = static_cast<Producer*>(self);
    while (true) {
      pthread_barrier_wait(&producer->barrier_);
      if (producer->ending_) return nullptr;
      TakeAll<MallocCalls>(kStreamSize, kStream, blocks);
      pthread_barrier_wait(&producer->barrier_);
    }
  }

  pthread_t thread_ = {};
  pthread_barrier_t barrier_ = {};
  bool ending_ = false;  // both threads touch it, with the barrier between them
};

void RemoteFree(benchmark::State& state) {
  MicroTimer timer;
  Producer producer;
  for (auto _ : state) {
    producer.Fill();
    timer.Start();
    GiveAll<MallocCalls>(kStream, blocks);
    timer.Stop();
  }
  timer.SetCounters(state, static_cast<double>(state.iterations() * kStream));
}

// Blocks that the header variants of hakmem know by their AllocHeader.
void AlignedFree(benchmark::State& state) {
  MicroTimer timer;
  for (auto _ : state) {
    for (size_t i = 0; i < kBatchCount; ++i) blocks[i] = aligned_alloc(64, 64);
    timer.Start();
    GiveAll<MallocCalls>(kBatchCount, blocks);
    timer.Stop();
  }
  timer.SetCounters(state, static_cast<double>(state.iterations() * kBatchCount));
}

void UsableSize(benchmark::State& state) {
  MicroTimer timer;
  TakeAll<MallocCalls>(64, kBatchCount, blocks);
  timer.Start();
  for (auto _ : state) {
    for (size_t i = 0; i < kBatchCount; ++i) {
      benchmark::DoNotOptimize(malloc_usable_size(blocks[i]));
    }
  }
  timer.Stop();
  timer.SetCounters(state, static_cast<double>(state.iterations() * kBatchCount));
  GiveAll<MallocCalls>(kBatchCount, blocks);
}

// A large block whose first byte is written.
void LargePair(benchmark::State& state, size_t size) {
  MicroTimer timer;
  timer.Start();
  for (auto _ : state) {
    auto* p = static_cast<volatile char*>(malloc(size));
    p[0] = 'a';
    free(const_cast<char*>(p));
  }
  timer.Stop();
  timer.SetCounters(state, static_cast<double>(state.iterations()));
}

std::string Named(const char* operation, size_t size) {
  return std::string(operation) + "/" + std::to_string(size);
}

void RegisterAll() {
  // First, while the process has used little memory.
  benchmark::RegisterBenchmark("new_slab", NewSlab)->Iterations(kNewSlabRepeats);
  benchmark::RegisterBenchmark(kEmptyMalloc, Burst<EmptyCalls, true>, 8, kBatchCount);
  benchmark::RegisterBenchmark(kEmptyFree, Burst<EmptyCalls, false>, 8, kBatchCount);
  benchmark::RegisterBenchmark(kEmptyPair, Pair<EmptyCalls>, 8);
  benchmark::RegisterBenchmark(kEmptyBatch, Batch<EmptyCalls>, 8);
  for (const size_t size : kFastPathSizes) {
    const size_t burst = BurstCount(size);
    benchmark::RegisterBenchmark(Named(kMalloc, size).c_str(), Burst<MallocCalls, true>, size,
                                 burst);
    benchmark::RegisterBenchmark(Named(kFree, size).c_str(), Burst<MallocCalls, false>, size,
                                 burst);
    benchmark::RegisterBenchmark(Named(kPair, size).c_str(), Pair<MallocCalls>, size);
    benchmark::RegisterBenchmark(Named(kBatch, size).c_str(), Batch<MallocCalls>, size);
  }
  benchmark::RegisterBenchmark("refill", Burst<MallocCalls, true>, kStreamSize, kStream);
  benchmark::RegisterBenchmark("flush", Burst<MallocCalls, false>, kStreamSize, kStream);
  benchmark::RegisterBenchmark("remote_free", RemoteFree);
  benchmark::RegisterBenchmark("aligned_free", AlignedFree);
  benchmark::RegisterBenchmark("usable_size", UsableSize);
  benchmark::RegisterBenchmark("l25", LargePair, size_t{64} << 10);
  benchmark::RegisterBenchmark("huge", LargePair, size_t{8} << 20);
}

}  // namespace
}  // namespace hakmem::bench

int main(int argc, char** argv) {
  hakmem::bench::RegisterAll();
  return hakmem::bench::RunMicroBenchmarks(argc, argv);
}
