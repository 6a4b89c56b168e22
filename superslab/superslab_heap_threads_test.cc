// The superslab heap with several threads at once.

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include "core/config.h"
#include "core/test_random.h"
#include "superslab/superslab_heap.h"
#include "superslab/test_space.h"

namespace hakmem {
namespace {

constexpr size_t kThreads = 4;
constexpr int kSteps = 2000;

// Each thread writes its mark into all of its units, and finds it there when it gives them back.
void Work(SuperslabHeap* heap, uint64_t seed, std::atomic<int>* spoilt) {
  TestRandom random(seed);
  std::vector<std::pair<size_t, size_t>> held;
  const auto word = [heap](size_t u) {
    return reinterpret_cast<uint64_t*>(heap->map().UnitStart(u));
  };
  for (int step = 0; step < kSteps; ++step) {
    if (held.size() < 10 && random.OneIn(2)) {
      const size_t units = 1 + random.Below(random.OneIn(20) ? 100 : 6);
      bool zeroed;
      const size_t first = heap->Allocate(units, 1, &zeroed);
      if (first == SuperslabHeap::kNone) continue;
      for (size_t u = first; u < first + units; ++u) {
        if (zeroed && *word(u) != 0) ++*spoilt;
        *word(u) = seed ^ u;
      }
      held.emplace_back(first, units);
    } else if (!held.empty()) {
      const auto [first, units] = held.back();
      held.pop_back();
      for (size_t u = first; u < first + units; ++u) *spoilt += *word(u) != (seed ^ u);
      heap->Free(first, units);
    }
    if (step % 50 == 1) heap->PurgeAll();
    if (step % 50 == 0) platform::GetSeams().now_ms += SuperslabHeap::kChurnMs;
    heap->PurgeDue();
    // Any thread may ask.
    if (heap->GetTotals().used_units == SIZE_MAX || heap->Contains(&random)) ++*spoilt;
  }
  for (const auto& [first, units] : held) heap->Free(first, units);
}

TEST(SuperslabHeapThreadsTest, EachHasItsOwnUnits) {
  ResetSeams();
  const uint64_t seed = TestSeed(31);
  MakeNextInitSmall();
  SuperslabHeap heap;
  ASSERT_TRUE(heap.Init());
  std::atomic<int> spoilt{0};
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back(Work, &heap, seed * 1000 + t, &spoilt);
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(spoilt, 0);
  EXPECT_EQ(heap.GetTotals().used_units, 0u);
  heap.Validate();
  Discard(heap.space());
}

}  // namespace
}  // namespace hakmem
