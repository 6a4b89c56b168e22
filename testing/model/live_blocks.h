// The blocks that are live now, and the proof that no two of them overlap.
#ifndef HAKMEM_TESTING_MODEL_LIVE_BLOCKS_H_
#define HAKMEM_TESTING_MODEL_LIVE_BLOCKS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "core/test_random.h"
#include "testing/model/private_memory.h"

namespace hakmem::model {

// Which functions made a block, as far as it decides how it may be freed (C23 7.24.3).
enum class Origin : uint8_t {
  kPlain,          // malloc, calloc, realloc, reallocarray: free_sized
  kAlignedAlloc,   // aligned_alloc: free_aligned_sized
  kPosixMemalign,  // neither
};

struct Block {
  char* start;
  size_t requested;  // bytes
  size_t usable;     // bytes; usable >= requested
  size_t alignment;  // what was asked for; 1 for Origin::kPlain
  uint64_t id;       // of its pattern, unique among all blocks of a test
  Origin origin;
};

// Invariants: the ranges [start, start + max(usable, 1)) of the blocks are disjoint;
// index_[blocks_[i].start] == i for all i; the sums are those of the blocks. Not thread-safe.
class LiveBlocks {
 public:
  // Adds `block` and returns null, or returns the block that it overlaps and adds nothing. What is
  // returned stays valid until the next Add or Remove.
  const Block* Add(const Block& block);

  // Takes out block number `i` (0 <= i < size()); the numbers of others may change.
  Block Remove(size_t i);

  const Block& operator[](size_t i) const { return blocks_[i]; }
  size_t size() const { return blocks_.size(); }
  bool empty() const { return blocks_.empty(); }
  size_t PickRandom(TestRandom& random) const { return random.Below(blocks_.size()); }

  // Bytes of address space, and an upper bound of the resident ones.
  size_t virtual_bytes() const { return virtual_bytes_; }
  size_t touched_bytes() const { return touched_bytes_; }

 private:
  PrivateMemory memory_;
  std::pmr::vector<Block> blocks_{memory_.resource()};
  std::pmr::map<char*, size_t> index_{memory_.resource()};
  size_t virtual_bytes_ = 0;
  size_t touched_bytes_ = 0;
};

}  // namespace hakmem::model

#endif  // HAKMEM_TESTING_MODEL_LIVE_BLOCKS_H_
