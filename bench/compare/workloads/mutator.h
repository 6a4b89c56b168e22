// What every synthetic workload is made of: blocks, and a thread that allocates and frees them.
//
// Part of the worker, so it needs nothing of the C++ library at run time, and nothing here
// allocates from the allocator under test but the functions that say so. Bookkeeping lies in mapped
// arrays.
#ifndef BENCH_COMPARE_WORKLOADS_MUTATOR_H_
#define BENCH_COMPARE_WORKLOADS_MUTATOR_H_

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "bench/harness/random.h"

namespace hakmem::bench {

// Says `message` on stderr and ends the process with status 1: a workload that can't do its work
// has no figures.
[[noreturn]] void EndProcess(const char* message);

struct WorkloadOptions {
  double scale = 1;  // of the number of operations; live sets keep their size where they can
  // Fill every block with a pattern and check it before the block is freed. Not for measuring.
  bool self_check = false;
  double wait_seconds = 1;  // of the workloads that watch an idle program
  uint64_t seed = 12345;

  // `count` operations at scale 1, at least one.
  uint64_t Scaled(uint64_t count) const;
};

// A block of malloc's. Fits blocks up to 4 GiB.
struct Block {
  char* data = nullptr;
  uint32_t size = 0;  // bytes requested
  uint32_t tag = 0;   // of the pattern, for the self-check
};

// What the mutators of a run did.
struct Tally {
  uint64_t operations = 0;
  uint64_t errors = 0;    // self-check: blocks found misaligned or with other contents
  uint64_t checksum = 0;  // of the random sequences and the sizes: equal runs did equal work

  // Order does not matter, so that threads may end in any.
  void Add(const Tally& other);
};

// One thread's random numbers and its allocations. One operation is one call that allocates,
// reallocates or frees. A malloc that returns NULL ends the process with a message. A block may be
// freed by another mutator than the one that allocated it.
class Mutator {
 public:
  // `number` tells the mutators of a run apart.
  Mutator(const WorkloadOptions& options, uint64_t number);

  uint64_t Random() { return NextRandom(&random_state_); }
  // Uniform in [low, high]; both below 2^32.
  size_t Between(size_t low, size_t high) {
    return low + Scale(static_cast<uint32_t>(Random()), high - low + 1);
  }
  // Pareto-distributed with shape 1: P(x > v) = low / v, cut off at `high`.
  size_t Pareto(size_t low, size_t high);

  // malloc(size), with a byte written to every page and to the end. size > 0.
  Block Allocate(size_t size);
  // calloc of `size` bytes, of which every `step`th is read and, if it is not zero, is an error;
  // then written as Allocate does, but only each `step` bytes.
  Block AllocateZeroed(size_t size, size_t step);
  // realloc(block, size), with the new bytes written as Allocate does.
  void Resize(Block* block, size_t size);
  // free(block); `*block` becomes empty. An empty block is not an operation.
  void Free(Block* block);

  // The same without a pattern, for an object whose contents the workload itself writes and checks.
  void* AllocateObject(size_t size);
  void FreeObject(void* object);

  // What was done so far.
  Tally tally() const;

 private:
  void Fill(Block* block, size_t from);
  void Check(const Block& block);

  const bool self_check_;
  uint64_t random_state_;
  Tally tally_;
};

// Zeroed memory that no allocator sees. Ends the process when there is none.
void* MapMemory(size_t bytes);
void UnmapMemory(void* memory, size_t bytes);

// `count` zeroed elements in memory of MapMemory's.
template <typename T>
class MappedArray {
 public:
  explicit MappedArray(size_t count)
      : data_(static_cast<T*>(MapMemory(count * sizeof(T)))), size_(count) {}
  ~MappedArray() { UnmapMemory(data_, size_ * sizeof(T)); }
  MappedArray(const MappedArray&) = delete;
  MappedArray& operator=(const MappedArray&) = delete;

  T& operator[](size_t index) { return data_[index]; }
  size_t size() const { return size_; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }

 private:
  static_assert(std::is_trivially_destructible_v<T>);

  T* data_;
  size_t size_;
};

// Puts `array` into a random order.
template <typename T>
void Shuffle(Mutator* mutator, MappedArray<T>* array) {
  for (size_t i = array->size(); i > 1; --i) {
    const size_t other = mutator->Between(0, i - 1);
    const T kept = (*array)[i - 1];
    (*array)[i - 1] = (*array)[other];
    (*array)[other] = kept;
  }
}

}  // namespace hakmem::bench

#endif  // BENCH_COMPARE_WORKLOADS_MUTATOR_H_
