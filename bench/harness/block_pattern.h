// A pattern that tells a block's contents apart from every other block's, for self-checks.
//
// Two live blocks that overlap, or an allocator that writes into a live block, destroy the pattern
// of one of them. Allocates nothing; safe from any thread on blocks of its own.
#ifndef BENCH_HARNESS_BLOCK_PATTERN_H_
#define BENCH_HARNESS_BLOCK_PATTERN_H_

#include <cstddef>
#include <cstdint>

namespace hakmem::bench {

// Writes all `size` bytes of `block`. `tag` is any number; different tags give different patterns.
void FillBlock(void* block, size_t size, uint32_t tag);

// Whether `block` holds exactly what FillBlock wrote, and is aligned as malloc promises on this
// project's platforms: to 16 bytes above a size of 8, else to 8.
bool CheckBlock(const void* block, size_t size, uint32_t tag);

}  // namespace hakmem::bench

#endif  // BENCH_HARNESS_BLOCK_PATTERN_H_
