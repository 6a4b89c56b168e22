// A superslab heap of its own for each test, validated after every step.
#ifndef HAKMEM_SUPERSLAB_SUPERSLAB_HEAP_FIXTURE_H_
#define HAKMEM_SUPERSLAB_SUPERSLAB_HEAP_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>

#include "core/config.h"
#include "superslab/superslab_heap.h"
#include "superslab/test_space.h"

namespace hakmem {

class SuperslabHeapTest : public testing::Test {
 protected:
  void SetUp() override {
    ResetSeams();
    MakeNextInitSmall();
    ASSERT_TRUE(heap_.Init());
    heap_.SetDirtyFloor(SuperslabHeap::kDirtyFloor * kUnitBytes);  // without credit: see CreditTest
  }
  void TearDown() override {
    ResetSeams();
    heap_.Validate();
    Discard(heap_.space());
  }

  using Gathering = SuperslabHeap::Gathering;
  size_t Allocate(size_t units, size_t alignment = 1, Gathering gathering = Gathering::kAny) {
    const size_t first = heap_.Allocate(units, alignment, &zeroed_, gathering);
    heap_.Validate();
    return first;
  }
  void Free(size_t first, size_t units) {
    heap_.Free(first, units);
    heap_.Validate();
  }
  char* At(size_t u) { return heap_.map().UnitStart(u); }
  size_t dirty() { return heap_.GetTotals().dirty_units; }
  size_t used() { return heap_.GetTotals().used_units; }
  size_t purged() { return heap_.GetTotals().purged_units; }
  static void Sleep(uint64_t ms) { platform::GetSeams().now_ms += ms; }

  // Reads one byte of each page.
  bool IsZero(size_t first, size_t units) {
    for (size_t i = 0; i < units * kUnitBytes; i += kPageBytes) {
      if (At(first)[i] != 0) return false;
    }
    return true;
  }
  void Touch(size_t first, size_t units, char c = 'x') {
    for (size_t i = 0; i < units * kUnitBytes; i += kPageBytes) At(first)[i] = c;
  }

  SuperslabHeap heap_;
  bool zeroed_ = false;
  bool as_before_ = false;
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_SUPERSLAB_HEAP_FIXTURE_H_
