// Blocks on their way from one thread's model to another's.
#ifndef HAKMEM_TESTING_MODEL_HANDOFF_QUEUE_H_
#define HAKMEM_TESTING_MODEL_HANDOFF_QUEUE_H_

#include <cstddef>
#include <deque>
#include <mutex>

#include "testing/model/live_blocks.h"
#include "testing/model/pattern.h"

namespace hakmem::model {

// First in, first out; all functions are thread-safe.
class HandoffQueue {
 public:
  // Soft limits: what Full() goes by.
  static constexpr size_t kMostBlocks = 4096;
  static constexpr size_t kMostTouchedBytes = size_t{32} << 20;

  bool Full() {
    std::lock_guard lock(mutex_);
    return blocks_.size() >= kMostBlocks || touched_bytes_ >= kMostTouchedBytes;
  }

  void Push(const Block& block) {
    std::lock_guard lock(mutex_);
    blocks_.push_back(block);
    touched_bytes_ += TouchedBytes(block.usable, block.id);
  }

  // False if there is none.
  bool TryPop(Block* block) {
    std::lock_guard lock(mutex_);
    if (blocks_.empty()) return false;
    *block = blocks_.front();
    blocks_.pop_front();
    touched_bytes_ -= TouchedBytes(block->usable, block->id);
    return true;
  }

 private:
  std::mutex mutex_;
  // Guarded by mutex_, as all below.
  PrivateMemory memory_;
  std::pmr::deque<Block> blocks_{memory_.resource()};
  size_t touched_bytes_ = 0;
};

}  // namespace hakmem::model

#endif  // HAKMEM_TESTING_MODEL_HANDOFF_QUEUE_H_
