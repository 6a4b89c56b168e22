// A doubly linked list of slabs through their own link fields. Not thread-safe, but for empty():
// any thread may ask it and gets a moment's answer. That is why front_ is atomic, and why relaxed
// suffices everywhere here.
#ifndef HAKMEM_SUPERSLAB_SLAB_LIST_H_
#define HAKMEM_SUPERSLAB_SLAB_LIST_H_

#include <atomic>

#include "superslab/slab.h"

namespace hakmem {

class SlabList {
 public:
  constexpr SlabList() = default;

  Slab* front() const { return front_.load(std::memory_order_relaxed); }
  bool empty() const { return front() == nullptr; }
  uint32_t size() const { return size_; }

  void PushBack(Slab* slab) {
    slab->previous = back_;
    slab->next = nullptr;
    if (back_ != nullptr) {
      back_->next = slab;
    } else {
      SetFront(slab);
    }
    back_ = slab;
    ++size_;
  }

  void Remove(Slab* slab) {
    if (slab->previous != nullptr) {
      slab->previous->next = slab->next;
    } else {
      SetFront(slab->next);
    }
    if (slab->next != nullptr) {
      slab->next->previous = slab->previous;
    } else {
      back_ = slab->previous;
    }
    --size_;
  }

 private:
  void SetFront(Slab* slab) { front_.store(slab, std::memory_order_relaxed); }

  std::atomic<Slab*> front_{nullptr};
  Slab* back_ = nullptr;
  uint32_t size_ = 0;
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_SLAB_LIST_H_
