// The blocks of a workload: how they are written to when they are new, and in a self-check how they
// are found intact later.
#ifndef BENCH_HARNESS_CHECKED_BLOCK_H_
#define BENCH_HARNESS_CHECKED_BLOCK_H_

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "bench/harness/block_pattern.h"

namespace hakmem::bench {

// The largest block a workload may ask for, so that sizes fit 32 bits.
inline constexpr uint64_t kMaxBlockSize = 1u << 30;

// What the self-check remembers of a block.
struct Expected {
  uint32_t size;  // bytes, at most kMaxBlockSize
  uint32_t tag;
};

// Allocates a block of `size` >= 1 bytes and writes to its first and its last byte; in self-check
// to all of them, so that `*expected` tells what they must be. `tag` is any number. NULL when
// malloc returns NULL.
template <bool kSelfCheck>
inline char* NewBlock(size_t size, uint32_t tag, Expected* expected) {
  char* block = static_cast<char*>(malloc(size));
  if (block == nullptr) [[unlikely]]
    return nullptr;
  if constexpr (kSelfCheck) {
    FillBlock(block, size, tag);
    *expected = {static_cast<uint32_t>(size), tag};
  } else {
    // Volatile, so that the compiler keeps stores to memory that nobody reads.
    const_cast<volatile char*>(block)[0] = 'a';
    const_cast<volatile char*>(block)[size - 1] = 'b';
  }
  return block;
}

// Whether a self-checked block is as NewBlock left it.
inline bool IsIntact(const char* block, const Expected& expected) {
  return CheckBlock(block, expected.size, expected.tag);
}

}  // namespace hakmem::bench

#endif  // BENCH_HARNESS_CHECKED_BLOCK_H_
