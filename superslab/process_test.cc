// The one object of the process: how it starts, and fork(). Each test starts a process of its own,
// because this happens once.

#include "superslab/process.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <thread>
#include <vector>

#include "core/platform_seams.h"
#include "superslab/test_process.h"

namespace hakmem {
namespace {

// Calls no other malloc: a sanitizer's own may hang in the child of a fork.
bool Works() {
  std::array<void*, 20> blocks;
  for (SizeClass c = 1; c < kNumClasses; ++c) {
    for (void*& p : blocks) p = thread_cache.Pop(c);
    for (void* p : blocks) {
      if (p == nullptr) return false;
      thread_cache.Push(p, c);
    }
  }
  process.superslabs.Validate();
  return true;
}

TEST(ProcessTest, StartsAtTheFirstAllocation) {
  EXPECT_TRUE(InChild([] {
    return !process.initialized() && thread_cache.Pop(1) != nullptr && process.initialized();
  }));
}

// Into a call that holds a mutex a signal comes, whose handler forks. (Before the other tests,
// which start threads.)
TEST(ProcessTest, ASignalHandlerOfAProcessWithOneThreadMayFork) {
  if (!platform::HasOneThread()) GTEST_SKIP() << "a sanitizer has a thread of its own";
  EXPECT_TRUE(InChild([] {
    if (!Works()) return false;
    process.superslabs.mutex().Lock();
    const bool child_works = InChild([] {
      process.superslabs.mutex().Unlock();
      return Works();
    });
    process.superslabs.mutex().Unlock();
    return child_works && Works();
  }));
}

TEST(ProcessTest, StartsOnceWhicheverThreadIsFirst) {
  EXPECT_TRUE(InChild([] {
    std::atomic<int> failures{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&failures] { failures += Works() ? 0 : 1; });
    }
    for (std::thread& thread : threads) thread.join();
    return failures == 0;
  }));
}

// Once forks are covered, one at the very moment of the first allocation, by another thread, leaves
// the child a heap, or none yet, but no mutex that is held.
TEST(ProcessTest, AForkDuringTheFirstAllocationIsCovered) {
  for (int round = 0; round < 50; ++round) {
    ASSERT_TRUE(InChild([] {
      process.CoverForks();
      std::atomic<bool> go{false};
      std::thread first([&go] {
        while (!go) {
        }
        Works();
      });
      go = true;
      const bool good = InChild(Works);
      first.join();
      return good && Works();
    })) << round;
  }
}

TEST(ProcessTest, StartsLaterWhenThereIsNoMemoryYet) {
  EXPECT_TRUE(InChild([] {
    platform::GetSeams().fail_reserve = -1;
    platform::GetSeams().fail_commit = -1;
    if (process.EnsureInitialized() || thread_cache.Pop(1) != nullptr) return false;
    platform::GetSeams().fail_reserve = 0;
    platform::GetSeams().fail_commit = 0;
    return Works();
  }));
}

TEST(ProcessTest, ReadsItsSettings) {
  const char* const environment[] = {"HAKMEM_ON_ERROR=warn", "HAKMEM_STATS=1", nullptr};
  Process* const fresh = new Process;
  EXPECT_EQ(fresh->settings.on_error, OnError::kAbort);
  fresh->ReadEnvironment(environment);
  EXPECT_EQ(fresh->settings.on_error, OnError::kWarn);
  EXPECT_TRUE(fresh->settings.stats_at_exit);
  delete fresh;
}

TEST(ProcessTest, APrivilegedProcessReadsNoSettings) {
  const char* const environment[] = {"HAKMEM_MEM_TRACE=1", nullptr};
  platform::GetSeams().privileged = true;
  Process* const fresh = new Process;
  fresh->ReadEnvironment(environment);
  EXPECT_FALSE(fresh->settings.trace);
  platform::GetSeams().privileged = false;
  fresh->ReadEnvironment(environment);
  EXPECT_TRUE(fresh->settings.trace);
  delete fresh;
}

TEST(ProcessTest, AChildGoesOn) {
  EXPECT_TRUE(InChild([] {
    void* const before = thread_cache.Pop(3);
    return InChild([before] {
      thread_cache.Push(before, 3);
      return Works() && InChild(Works);
    });
  }));
}

// Other threads' caches of runs are lost to the child, but not the room that they have taken.
TEST(ProcessTest, AChildHasTheRoomOfItsOwnRunsAlone) {
  EXPECT_TRUE(InChild([] {
    process.CoverForks();
    std::thread([] {}).join();
    if (!Works()) return false;
    const size_t mine = thread_cache.heap->shared_run_room();
    return process.run_room.Take(7, 0) &&
           InChild([mine] { return process.run_room.taken() == mine; }) &&
           process.run_room.taken() == mine + 7;
  }));
}

// A fork at any moment finds every structure whole, and no mutex held by a thread that is not
// there.
TEST(ProcessTest, AChildOfABusyProcessGoesOn) {
  EXPECT_TRUE(InChild([] {
    process.CoverForks();  // as the constructor of a whole build does (box/start.cc)
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&stop] {
        while (!stop) std::thread(Works).join();
      });
    }
    bool good = true;
    for (int i = 0; i < 20; ++i) good = InChild(Works) && good;
    stop = true;
    for (std::thread& thread : threads) thread.join();
    return good && Works();
  }));
}

}  // namespace
}  // namespace hakmem
