// What the tests write into a block: bytes that follow from the block's id and their offset, so
// that a byte of another block, of the block's own past, or a zero is noticed.
//
// Blocks up to kWholeLimit (and every eighth up to kSometimesWholeLimit) are written whole; of
// larger ones the two ends, and a word at each power of two between: few enough that a block of
// many GiB takes a few pages, and where a realloc that lost a part would show.
#ifndef HAKMEM_TESTING_MODEL_PATTERN_H_
#define HAKMEM_TESTING_MODEL_PATTERN_H_

#include <cstddef>
#include <cstdint>

namespace hakmem::model {

inline constexpr size_t kWholeLimit = size_t{64} << 10;
inline constexpr size_t kSometimesWholeLimit = size_t{2} << 20;

inline constexpr size_t kNoOffset = ~size_t{0};

// Writes the pattern of `id` into the `size` bytes at `p`.
void FillPattern(void* p, size_t size, uint64_t id);

// Looks at what FillPattern(p, size, id) wrote below offset `limit`. Returns the offset of the
// first byte that differs, or kNoOffset.
size_t FindPatternDefect(const void* p, size_t size, uint64_t id, size_t limit);

// The byte that FillPattern writes at `offset`.
uint8_t PatternByte(uint64_t id, size_t offset);

// The offset of a byte among the first `size` that isn't zero, or kNoOffset. Reads up to 1 MiB
// whole and of more the same bytes as FillPattern, and some 500 stretches between.
size_t FindNonZero(const void* p, size_t size, uint64_t id);

// An upper bound of the memory that FillPattern makes resident, even where each touched byte takes
// a huge page with it.
size_t TouchedBytes(size_t size, uint64_t id);

}  // namespace hakmem::model

#endif  // HAKMEM_TESTING_MODEL_PATTERN_H_
