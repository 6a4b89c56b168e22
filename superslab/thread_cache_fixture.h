// Thread caches of real threads.
#ifndef HAKMEM_SUPERSLAB_THREAD_CACHE_FIXTURE_H_
#define HAKMEM_SUPERSLAB_THREAD_CACHE_FIXTURE_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <thread>
#include <vector>

#include "core/platform_seams.h"
#include "superslab/process.h"
#include "superslab/thread_cache.h"

namespace hakmem {

using Pointers = std::vector<void*>;

inline size_t UsedSlabs() { return process.superslabs.GetTotals().used_units / kUnitsPerSlab; }

// What a list may hold at first.
inline uint32_t Limit(SizeClass c) { return ListLimits().Get(c); }

class ThreadCacheTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(process.EnsureInitialized());
    before_ = UsedSlabs();
    // It stands still, as no list is to be idle because the machine is slow, and never goes back.
    static uint64_t last_ms = platform::NowMs();
    last_ms += 1000 * SuperslabHeap::kPurgeRoundMs;
    platform::GetSeams().now_ms = last_ms;
  }
  void TearDown() override {
    platform::GetSeams().now_ms = 0;
    process.superslabs.Validate();
    EXPECT_EQ(UsedSlabs(), before_) << "every thread has ended, so no unit is used";
  }

  // In a thread of its own, whose cache is new.
  static void InThread(const std::function<void()>& work) { std::thread(work).join(); }

  static Pointers Pop(SizeClass c, size_t count) {
    Pointers blocks(count);
    for (void*& p : blocks) p = thread_cache.Pop(c);
    EXPECT_EQ(std::count(blocks.begin(), blocks.end(), nullptr), 0);
    return blocks;
  }
  static void Push(SizeClass c, const Pointers& blocks) {
    for (void* p : blocks) thread_cache.Push(p, c);
  }

  // A round ends, and each class is looked at.
  static void EndRound() {
    const uint16_t before = process.superslabs.round();
    platform::GetSeams().now_ms += SuperslabHeap::kPurgeRoundMs;
    for (size_t i = 0; i < IdleLists::kCallsPerTime + kNumClasses; ++i) {
      thread_cache.FlushIdle(kNoClass);
    }
    EXPECT_NE(process.superslabs.round(), before);
  }

  size_t before_ = 0;
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_THREAD_CACHE_FIXTURE_H_
