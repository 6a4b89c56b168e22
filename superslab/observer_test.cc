// Observation switched on in a test process: what the recorder hears, and in what order; and that
// nothing is ever left in a visible cache. It can't be switched off again, so every test runs
// observed.

#include "superslab/observer.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "core/platform_seams.h"
#include "core/test_random.h"
#include "superslab/process.h"
#include "superslab/test_process.h"

namespace hakmem {
namespace {

struct Heard {
  uint32_t thread;
  Event event;
};

// What the recorder heard. A static of function scope: recorders come as plain functions.
struct Log {
  std::mutex mutex;
  std::vector<Heard> heard;
  int forks = 0;
};
Log& TheLog() {
  static Log* const log = new Log;
  return *log;
}

void Record(Observer*, ObservedThread* thread, const Event& event) {
  const std::lock_guard lock(TheLog().mutex);
  TheLog().heard.push_back({thread->number, event});
}
void NoteFork(Observer*) { ++TheLog().forks; }

std::vector<Heard> TakeHeard() {
  const std::lock_guard lock(TheLog().mutex);
  return std::exchange(TheLog().heard, {});
}

constexpr Request kMalloc100 = {.size = 100, .call = Call::kMalloc};

class ObserverTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    ASSERT_TRUE(process.EnsureInitialized());
    // As start-up code does before observation begins.
    before_ = thread_cache.Pop(4);
    thread_cache.Push(thread_cache.Pop(5), 5);
    ASSERT_GT(thread_cache.Length(4) + thread_cache.Length(5), 0u);
    process.Observe(new Observer(&Record, &NoteFork));
  }
  void SetUp() override { TakeHeard(); }
  void TearDown() override { ExpectNothingVisible(); }

  static void ExpectNothingVisible() {
    EXPECT_EQ(thread_cache.heap, nullptr);
    for (SizeClass c = 1; c < kNumClasses; ++c) {
      EXPECT_EQ(thread_cache.head[c], nullptr);
      EXPECT_EQ(thread_cache.room[c], 0);
    }
  }
  static void InThread(const std::function<void()>& work) { std::thread(work).join(); }

  static void* before_;  // a block from before observation
};
void* ObserverTest::before_ = nullptr;

TEST_F(ObserverTest, EmptiesTheCacheThatThereWas) {
  ExpectNothingVisible();
  ASSERT_NE(thread_cache.observed, nullptr);
  EXPECT_NE(thread_cache.InUse().heap, nullptr) << "the thread's heap serves on";
  thread_cache.Push(before_, 4, Call::kFree);
  const std::vector<Heard> heard = TakeHeard();
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].event.address, before_);
}

TEST_F(ObserverTest, TellsWhatWasAskedForAndGiven) {
  void* const p = thread_cache.Pop(7, {.size = 99, .call = Call::kNew, .alignment_log2 = 5});
  thread_cache.Push(p, 7, Call::kDelete);
  const std::vector<Heard> heard = TakeHeard();
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_EQ(heard[0].event.request.call, Call::kNew);
  EXPECT_EQ(heard[0].event.request.size, 99u);
  EXPECT_EQ(heard[0].event.request.alignment_log2, 5);
  EXPECT_EQ(heard[0].event.address, p);
  EXPECT_EQ(heard[0].event.usable, UsableBytes(7));
  EXPECT_EQ(heard[1].event.request.call, Call::kDelete);
  EXPECT_EQ(heard[1].event.address, p);
}

TEST_F(ObserverTest, PartsOfOtherCallsAreServedAndNotTold) {
  void* const p = thread_cache.Pop(7);
  ASSERT_NE(p, nullptr);
  thread_cache.Push(p, 7);
  EXPECT_EQ(thread_cache.Pop(7), p) << "the hidden cache is one as well";
  thread_cache.Push(p, 7);
  EXPECT_EQ(TakeHeard().size(), 0u);
}

TEST_F(ObserverTest, AFailedRequestIsToldWithoutABlock) {
  platform::GetSeams().fail_commit = -1;
  const SizeClass c = kNumClasses - 1;
  std::vector<void*> blocks;
  errno = 0;
  while (blocks.size() < 100'000) {
    void* const p = thread_cache.Pop(c, kMalloc100);
    if (p == nullptr) break;
    blocks.push_back(p);
  }
  EXPECT_EQ(errno, ENOMEM);
  platform::GetSeams().fail_commit = 0;
  const std::vector<Heard> heard = TakeHeard();
  ASSERT_EQ(heard.size(), blocks.size() + 1);
  EXPECT_EQ(heard.back().event.address, nullptr);
  for (void* p : blocks) thread_cache.Push(p, c);
}

TEST_F(ObserverTest, ThreadsHaveNumbersAndLeaveNothing) {
  uint32_t numbers[2] = {};
  const size_t used = UsedSlabs();
  for (uint32_t& number : numbers) {
    InThread([&number] {
      for (SizeClass c = 1; c < kNumClasses; ++c) {
        thread_cache.Push(thread_cache.Pop(c, kMalloc100), c, Call::kFree);
      }
      number = thread_cache.observed->number;
      ExpectNothingVisible();
    });
  }
  EXPECT_NE(numbers[0], numbers[1]);
  EXPECT_EQ(UsedSlabs(), used);
  EXPECT_EQ(TakeHeard().size(), 2 * 2 * (kNumClasses - 1));
}

TEST_F(ObserverTest, ARecordOfAThreadWithoutAHeapComesBackToo) {
  std::set<ObservedThread*> records;
  for (int i = 0; i < 3; ++i) {
    InThread([&records] {
      process.observer()->Record({.request = kMalloc100, .address = &records});
      records.insert(thread_cache.observed);
    });
  }
  EXPECT_EQ(records.size(), 1u);
}

TEST_F(ObserverTest, AThreadThatHasEndedIsStillHeardUnderItsNumber) {
  InThread([] {
    void* const p = thread_cache.Pop(6, kMalloc100);
    thread_cache.ThreadExit();
    thread_cache.ThreadExit();
    EXPECT_EQ(thread_cache.observed, nullptr);
    thread_cache.Push(thread_cache.Pop(6, kMalloc100), 6, Call::kFree);
    thread_cache.Push(p, 6, Call::kFree);
    EXPECT_EQ(thread_cache.observed, nullptr) << "nobody would give it back";
    ExpectNothingVisible();
  });
  const std::vector<Heard> heard = TakeHeard();
  ASSERT_EQ(heard.size(), 4u);
  for (const Heard& one : heard) EXPECT_EQ(one.thread, heard[0].thread);
}

TEST_F(ObserverTest, AThreadWithoutARecordIsServedUnheard) {
  void* last = nullptr;
  InThread([&last] { last = thread_cache.Pop(6); });  // its slab has more, and is in the pool
  InThread([last] {
    // Records of threads that ended before may wait for a thread: take them all.
    platform::GetSeams().fail_commit = -1;
    std::vector<ObservedThread*> taken;
    while (ObservedThread* const thread = process.observer()->Enter()) {
      taken.push_back(thread);
      thread_cache.observed = nullptr;
    }
    TakeHeard();
    void* const p = thread_cache.Pop(6, kMalloc100);
    EXPECT_NE(p, nullptr);
    thread_cache.Push(p, 6, Call::kFree);
    ExpectNothingVisible();
    EXPECT_EQ(TakeHeard().size(), 0u);
    platform::GetSeams().fail_commit = 0;
    thread_cache.Push(thread_cache.Pop(6, kMalloc100), 6, Call::kFree);
    EXPECT_EQ(TakeHeard().size(), 2u) << "it got one when it asked again";
    thread_cache.Push(last, 6);
  });
}

TEST_F(ObserverTest, AChildOfForkIsToldSo) {
  const pid_t child = fork();
  if (child == 0) {
    thread_cache.Push(thread_cache.Pop(6, kMalloc100), 6, Call::kFree);
    _exit(TheLog().forks == 1 && TakeHeard().size() == 2 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(TheLog().forks, 0);
}

// In the order of the recorder's calls no block is live twice, whichever thread frees it.
TEST_F(ObserverTest, NoBlockIsLiveTwice) {
  constexpr int kThreads = 4;
  constexpr int kSteps = 5000;
  std::mutex mutex;
  std::vector<void*> shared;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&mutex, &shared, t] {
      TestRandom random(TestSeed(static_cast<uint64_t>(t)));
      for (int i = 0; i < kSteps; ++i) {
        void* const p = random.OneIn(2) ? thread_cache.Pop(9, kMalloc100) : nullptr;
        void* old = nullptr;
        {
          const std::lock_guard lock(mutex);
          if (p != nullptr) {
            shared.push_back(p);
          } else if (!shared.empty()) {
            std::swap(shared[random.Below(shared.size())], shared.back());
            old = shared.back();
            shared.pop_back();
          }
        }
        if (old != nullptr) thread_cache.Push(old, 9, Call::kFree);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (void* p : shared) thread_cache.Push(p, 9, Call::kFree);
  std::set<const void*> live;
  for (const Heard& one : TakeHeard()) {
    if (IsFree(one.event.request.call)) {
      ASSERT_EQ(live.erase(one.event.address), 1u);
    } else {
      ASSERT_TRUE(live.insert(one.event.address).second);
    }
  }
  EXPECT_TRUE(live.empty());
}

}  // namespace
}  // namespace hakmem
