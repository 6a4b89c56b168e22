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
#include "superslab/test_process.h"
#include "superslab/thread_cache.h"

namespace hakmem {

using Pointers = std::vector<void*>;

// What a list may hold at first.
inline uint32_t Limit(SizeClass c) { return ListLimits().Get(c); }

class ThreadCacheTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(process.EnsureInitialized());
    process.FreeSpareSlabs();
    before_ = UsedSlabs();
    StopClock();  // no list is to be idle because the machine is slow
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

  // Gives the thread a heap, as if it had taken no slabs in other tests.
  static void AttachAnew() {
    Push(1, Pop(1, 1));
    thread_cache.heap->idle_lists() = {};
    EndRound();
  }

  // Makes the thread's heap lean, for a round.
  static void BecomeLean() {
    EndRound();  // or it would be noticed that earlier tests' rounds have ended, and end this
    thread_cache.heap->SetLean(true);
  }

  size_t before_ = 0;
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_THREAD_CACHE_FIXTURE_H_
