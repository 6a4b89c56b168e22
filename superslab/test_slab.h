// One slab of a class over memory of its own.
#ifndef HAKMEM_SUPERSLAB_TEST_SLAB_H_
#define HAKMEM_SUPERSLAB_TEST_SLAB_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <vector>

#include "core/config.h"
#include "superslab/slab.h"

namespace hakmem {

inline constexpr uint32_t kMost = UINT32_MAX;

class TestSlab {
 public:
  explicit TestSlab(SizeClass c) : start_(new (std::align_val_t{kSlabBytes}) char[kSlabBytes]) {
    std::memset(start_, 0, kSlabBytes);
    record.Init(c, /*zero=*/true, 0, /*may_mark=*/true);
    record.SetOwner(heap());
  }
  ~TestSlab() { operator delete[](start_, std::align_val_t{kSlabBytes}); }
  TestSlab(const TestSlab&) = delete;
  TestSlab& operator=(const TestSlab&) = delete;

  const ClassGeometry& geometry() const { return kGeometry[record.size_class]; }
  char* start() const { return start_; }
  uint32_t used() const { return record.used(); }
  void Validate() const { record.Validate(start_, &marks); }

  // Up to `most` of the blocks that it has to give.
  Chain Take(uint32_t most) { return Checked(record.Take(start_, &marks, most)); }
  // Carves everything.
  std::vector<FreeBlock*> CarveAll() {
    std::vector<FreeBlock*> all;
    while (record.carved < geometry().blocks_per_slab) {
      Append(Checked(record.Carve(start_, kMost)), &all);
    }
    return all;
  }

  // `chain`, of which what is said to be zero is.
  Chain Checked(const Chain& chain) const {
    if (!chain.zeroed) return chain;
    for (const FreeBlock* b = chain.head; b != nullptr; b = b->next) {
      const char* const begin = reinterpret_cast<const char*>(b + 1);
      const char* const end = reinterpret_cast<const char*>(b) + geometry().stride - kSlotOverhead;
      EXPECT_EQ(std::count(begin, end, '\0'), end - begin);
    }
    return chain;
  }

  static void Append(const Chain& chain, std::vector<FreeBlock*>* blocks) {
    uint32_t length = 0;
    for (FreeBlock* b = chain.head; b != nullptr; b = b->next, ++length) blocks->push_back(b);
    EXPECT_EQ(length, chain.count);
  }

  // A chain of blocks[first, first + count).
  static Chain Link(const std::vector<FreeBlock*>& blocks, size_t first, size_t count) {
    for (size_t i = first; i + 1 < first + count; ++i) blocks[i]->next = blocks[i + 1];
    return {blocks[first], blocks[first + count - 1], static_cast<uint32_t>(count)};
  }

  // Its owner, and another heap; no more than addresses here.
  Heap* heap() { return reinterpret_cast<Heap*>(&heaps_[0]); }
  Heap* other_heap() { return reinterpret_cast<Heap*>(&heaps_[1]); }

  Slab::Pushed PushRemote(const Chain& chain) {
    Heap* owner = nullptr;
    const Slab::Pushed pushed = record.PushRemote(start_, chain, &owner);
    EXPECT_EQ(owner, pushed == Slab::Pushed::kNotOwned ? nullptr : heap());
    return pushed;
  }

  Slab record;
  SlabMarks marks;

 private:
  char heaps_[2];
  char* start_;
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_TEST_SLAB_H_
