#include "superslab/owner_guard.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <thread>

#include "core/lock.h"

namespace hakmem {
namespace {

void EnterAndLeave(OwnerGuard* guard) {
  ASSERT_TRUE(guard->Enter());
  guard->Leave();
}

TEST(OwnerGuardTest, IsTakenWhereTheOwnerDidNotEnterSinceItWasAskedFor) {
  OwnerGuard guard;
  EnterAndLeave(&guard);
  EXPECT_FALSE(guard.Close()) << "asks for it";
  EnterAndLeave(&guard);
  EXPECT_FALSE(guard.Close()) << "asks again";
  EXPECT_TRUE(guard.Close());
  EXPECT_FALSE(guard.Enter());
  EXPECT_FALSE(guard.Enter());
  guard.Open();
  EnterAndLeave(&guard);
}

TEST(OwnerGuardTest, IsTakenOnceForWhatTheOwnerLeft) {
  OwnerGuard guard;
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(guard.Close()) << "never used";
  for (int i = 0; i < 2; ++i) {
    EnterAndLeave(&guard);
    EXPECT_FALSE(guard.Close());
    EXPECT_TRUE(guard.Close());
    guard.Open();
    for (int j = 0; j < 3; ++j) EXPECT_FALSE(guard.Close());
  }
}

TEST(OwnerGuardTest, IsNotTakenWhileTheOwnerIsIn) {
  OwnerGuard guard;
  ASSERT_TRUE(guard.Enter());
  EXPECT_FALSE(guard.Close());
  EXPECT_FALSE(guard.Close()) << "it was in all the time";
  guard.Leave();
  EXPECT_FALSE(guard.Close());
  EXPECT_TRUE(guard.Close());
  guard.Open();
}

// Two plain words that are equal whenever nobody is in.
TEST(OwnerGuardTest, OneOfTheTwoIsIn) {
  constexpr size_t kTaken = 50;
  OwnerGuard guard;
  Mutex mutex;
  size_t a = 0;
  size_t b = 0;
  std::atomic<bool> stop{false};
  size_t turns = 0;
  std::thread owner([&] {
    for (; !stop; ++turns) {
      while (!guard.Enter()) const MutexLock wait(&mutex);
      EXPECT_EQ(a, b);
      ++a;
      ++b;
      guard.Leave();
      // So that it is taken at times.
      if (turns % 1000 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  for (size_t taken = 0; taken < kTaken;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));  // instead of a round
    const MutexLock lock(&mutex);
    if (!guard.Close()) continue;
    EXPECT_EQ(a, b);
    ++a;
    ++b;
    ++taken;
    guard.Open();
  }
  stop = true;
  owner.join();
  EXPECT_EQ(a, turns + kTaken);
  EXPECT_EQ(b, turns + kTaken);
}

}  // namespace
}  // namespace hakmem
