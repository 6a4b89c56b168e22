#include "core/lock.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace hakmem {
namespace {

constexpr int kThreads = 6;
constexpr int kRounds = 20000;

TEST(MutexTest, IsFourBytesWithoutAConstructorAtRunTime) {
  static constinit Mutex mutex;
  EXPECT_EQ(sizeof(mutex), 4u);
  const MutexLock lock(&mutex);
}

// Not thread-safe by itself: a lost update, or TSan, shows two threads inside at once.
struct Guarded {
  Mutex mutex;
  uint64_t first ABSL_GUARDED_BY(mutex) = 0;
  uint64_t second ABSL_GUARDED_BY(mutex) = 0;
};

TEST(MutexTest, OneThreadAtATime) {
  Guarded guarded;
  std::atomic<int> inside{0};
  std::atomic<bool> overlapped{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kRounds; ++i) {
        const MutexLock lock(&guarded.mutex);
        if (inside.fetch_add(1, std::memory_order_relaxed) != 0) overlapped = true;
        ++guarded.first;
        if (i % 64 == 0) std::this_thread::yield();  // let others run into the lock
        guarded.second = guarded.first;
        inside.fetch_sub(1, std::memory_order_relaxed);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(overlapped);
  const MutexLock lock(&guarded.mutex);
  EXPECT_EQ(guarded.first, uint64_t{kThreads} * kRounds);
  EXPECT_EQ(guarded.second, guarded.first);
}

// Every sleeper wakes: a hand-over that forgot one would never end.
TEST(MutexTest, AHeldLockLetsAllWaitersInOneByOne) {
  Mutex mutex;
  std::atomic<int> waiting{0};
  int passed = 0;
  mutex.Lock();
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
      ++waiting;
      mutex.Lock();
      ++passed;
      mutex.Unlock();
    });
  }
  while (waiting < kThreads) std::this_thread::yield();
  EXPECT_EQ(passed, 0);
  mutex.Unlock();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(passed, kThreads);
}

TEST(MutexTest, UnlockPublishesWhatWasWritten) {
  Mutex mutex;
  int value = 0;
  std::thread writer([&] {
    for (int i = 1; i <= 1000; ++i) {
      const MutexLock lock(&mutex);
      value = i;
    }
  });
  for (int last = 0; last < 1000;) {
    const MutexLock lock(&mutex);
    EXPECT_GE(value, last);
    last = value;
  }
  writer.join();
}

}  // namespace
}  // namespace hakmem
