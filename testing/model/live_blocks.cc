#include "testing/model/live_blocks.h"

#include <algorithm>
#include <iterator>

#include "testing/model/pattern.h"

namespace hakmem::model {
namespace {

// A block of no usable bytes is still an address of its own.
char* End(const Block& block) { return block.start + std::max<size_t>(block.usable, 1); }

size_t VirtualBytes(const Block& block) { return block.usable + block.alignment; }

}  // namespace

const Block* LiveBlocks::Add(const Block& block) {
  const auto next = index_.lower_bound(block.start);
  if (next != index_.end() && next->first < End(block)) return &blocks_[next->second];
  if (next != index_.begin()) {
    const Block& before = blocks_[std::prev(next)->second];
    if (End(before) > block.start) return &before;
  }
  index_.emplace_hint(next, block.start, blocks_.size());
  blocks_.push_back(block);
  virtual_bytes_ += VirtualBytes(block);
  touched_bytes_ += TouchedBytes(block.usable, block.id);
  return nullptr;
}

Block LiveBlocks::Remove(size_t i) {
  const Block removed = blocks_[i];
  index_.erase(removed.start);
  if (i + 1 != blocks_.size()) {
    blocks_[i] = blocks_.back();
    index_[blocks_[i].start] = i;
  }
  blocks_.pop_back();
  virtual_bytes_ -= VirtualBytes(removed);
  touched_bytes_ -= TouchedBytes(removed.usable, removed.id);
  return removed;
}

}  // namespace hakmem::model
