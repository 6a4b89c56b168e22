#include "bench/compare/workloads/mutator.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "bench/harness/block_pattern.h"
#include "bench/harness/worker_threads.h"

namespace hakmem::bench {
namespace {

constexpr size_t kPage = 4096;
constexpr uint64_t kMultiplier = 0x9e3779b97f4a7c15u;

// Writes one byte every `step` bytes of [from, to), and the last. Volatile, so that the compiler
// keeps stores to memory that nobody reads.
void Touch(char* data, size_t from, size_t to, size_t step) {
  volatile char* bytes = data;
  for (size_t i = from; i < to; i += step) bytes[i] = 'a';
  bytes[to - 1] = 'b';
}

}  // namespace

void EndProcess(const char* message) {
  dprintf(STDERR_FILENO, "compare_worker: %s\n", message);
  _exit(1);
}

uint64_t WorkloadOptions::Scaled(uint64_t count) const {
  return std::max<uint64_t>(1, static_cast<uint64_t>(static_cast<double>(count) * scale));
}

void Tally::Add(const Tally& other) {
  operations += other.operations;
  errors += other.errors;
  checksum += other.checksum;
}

Mutator::Mutator(const WorkloadOptions& options, uint64_t number)
    : self_check_(options.self_check), random_state_(options.seed + number) {
  random_state_ = NextRandom(&random_state_);  // neighbouring numbers, distant sequences
}

size_t Mutator::Pareto(size_t low, size_t high) {
  constexpr uint64_t kSteps = uint64_t{1} << 24;
  const uint64_t uniform = 1 + (Random() & (kSteps - 1));  // in [1, kSteps]
  return std::min<size_t>(low * kSteps / uniform, high);
}

void Mutator::Fill(Block* block, size_t from) {
  if (self_check_) {
    block->tag = static_cast<uint32_t>(random_state_ >> 32);
    FillBlock(block->data, block->size, block->tag);
  } else if (from < block->size) {
    Touch(block->data, from, block->size, kPage);
  }
}

void Mutator::Check(const Block& block) {
  if (self_check_ && !CheckBlock(block.data, block.size, block.tag)) ++tally_.errors;
}

Block Mutator::Allocate(size_t size) {
  Block block = {.data = static_cast<char*>(AllocateObject(size)),
                 .size = static_cast<uint32_t>(size)};
  Fill(&block, 0);
  return block;
}

Block Mutator::AllocateZeroed(size_t size, size_t step) {
  Block block = {.data = static_cast<char*>(calloc(size, 1)), .size = static_cast<uint32_t>(size)};
  if (block.data == nullptr) [[unlikely]]
    EndProcess("calloc returned NULL");
  for (size_t i = 0; i < size; i += self_check_ ? 1 : step) {
    if (block.data[i] != 0) [[unlikely]]
      ++tally_.errors;
  }
  if (self_check_) {
    Fill(&block, 0);
  } else {
    Touch(block.data, 0, size, step);
  }
  ++tally_.operations;
  tally_.checksum += size * kMultiplier;
  return block;
}

void Mutator::Resize(Block* block, size_t size) {
  Check(*block);
  const size_t old_size = block->size;
  const uint32_t old_tag = block->tag;
  block->data = static_cast<char*>(realloc(block->data, size));
  if (block->data == nullptr) [[unlikely]]
    EndProcess("realloc returned NULL");
  block->size = static_cast<uint32_t>(size);
  if (self_check_ && old_size != 0 && !CheckBlock(block->data, std::min(old_size, size), old_tag)) {
    ++tally_.errors;
  }
  Fill(block, old_size);
  ++tally_.operations;
  tally_.checksum += size * kMultiplier;
}

void Mutator::Free(Block* block) {
  if (block->data == nullptr) return;
  Check(*block);
  free(block->data);
  *block = Block();
  ++tally_.operations;
}

void* Mutator::AllocateObject(size_t size) {
  void* object = malloc(size);
  if (object == nullptr) [[unlikely]]
    EndProcess("malloc returned NULL");
  ++tally_.operations;
  tally_.checksum += size * kMultiplier;
  return object;
}

void Mutator::FreeObject(void* object) {
  free(object);
  ++tally_.operations;
}

Tally Mutator::tally() const {
  Tally tally = tally_;
  tally.checksum += random_state_;
  return tally;
}

void* MapMemory(size_t bytes) {
  void* memory = Map(bytes);
  if (memory == nullptr) EndProcess("no memory for the workload's own arrays");
  return memory;
}

void UnmapMemory(void* memory, size_t bytes) { munmap(memory, bytes); }

}  // namespace hakmem::bench
