// Which sizes and alignments the random operations ask for.
#ifndef HAKMEM_TESTING_MODEL_SIZES_H_
#define HAKMEM_TESTING_MODEL_SIZES_H_

#include <cstddef>

#include "core/test_random.h"

namespace hakmem::model {

inline constexpr size_t kKiB = size_t{1} << 10;
inline constexpr size_t kMiB = size_t{1} << 20;
inline constexpr size_t kGiB = size_t{1} << 30;

struct SizeRange {
  size_t smallest;
  size_t largest;
};

// A size in `range`: half of them log-uniform, the rest at or one beside a border where some size
// class, page or box is likely to begin or end.
size_t RandomSize(TestRandom& random, const SizeRange& range);

// A new size for a block of `old_size` bytes: near it, a small factor away, or as RandomSize.
size_t RandomNewSize(TestRandom& random, size_t old_size, const SizeRange& range);

// A power of two from 1 to `largest`: mostly up to a page, seldom above 1 MiB.
size_t RandomAlignment(TestRandom& random, size_t largest);

}  // namespace hakmem::model

#endif  // HAKMEM_TESTING_MODEL_SIZES_H_
