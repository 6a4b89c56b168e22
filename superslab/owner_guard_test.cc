#include "superslab/owner_guard.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <thread>

#include "core/lock.h"
#include "core/platform.h"

namespace hakmem {
namespace {

TEST(OwnerGuardTest, IsClosedOnceTheOwnerIsQuiet) {
  OwnerGuard guard;
  EXPECT_FALSE(guard.CloseIfQuiet()) << "never used";
  EXPECT_FALSE(guard.CloseIfQuiet());
  EXPECT_TRUE(guard.Enter());
  EXPECT_FALSE(guard.CloseIfQuiet()) << "used since it was asked";
  guard.Leave();
  EXPECT_FALSE(guard.CloseIfQuiet());
  EXPECT_FALSE(guard.IsClosed());
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(guard.CloseIfQuiet()) << "until all was taken";
    EXPECT_TRUE(guard.IsClosed());
    EXPECT_TRUE(guard.IsOut());
    if (i == 1) guard.WasTaken();
    guard.Open();
  }
  EXPECT_FALSE(guard.CloseIfQuiet());
  EXPECT_TRUE(guard.Enter()) << "it is open";
  guard.Leave();
  EXPECT_FALSE(guard.CloseIfQuiet());
  EXPECT_TRUE(guard.CloseIfQuiet());
}

TEST(OwnerGuardTest, TheOwnerStaysOutWhileItIsClosed) {
  OwnerGuard guard;
  EXPECT_TRUE(guard.Enter());
  EXPECT_FALSE(guard.CloseIfQuiet());
  EXPECT_TRUE(guard.CloseIfQuiet());
  EXPECT_FALSE(guard.IsOut()) << "it is in, and was all the time";
  guard.Open();
  guard.Leave();
  EXPECT_FALSE(guard.CloseIfQuiet());
  EXPECT_TRUE(guard.CloseIfQuiet());
  EXPECT_FALSE(guard.Enter());
  EXPECT_TRUE(guard.IsOut());
  guard.Open();
  EXPECT_TRUE(guard.Enter());
  guard.Leave();
}

// Two plain words that are equal whenever nobody is in.
TEST(OwnerGuardTest, OneOfTheTwoIsIn) {
  constexpr size_t kTurns = 20000;
  platform::RegisterBarrier();
  OwnerGuard guard;
  Mutex mutex;
  size_t a = 0;
  size_t b = 0;
  std::atomic<bool> done{false};
  std::thread owner([&] {
    for (size_t i = 0; i < kTurns; ++i) {
      while (!guard.Enter()) const MutexLock wait(&mutex);
      EXPECT_EQ(a, b);
      ++a;
      ++b;
      guard.Leave();
    }
    done = true;
  });
  size_t taken = 0;
  while (!done) {
    const MutexLock lock(&mutex);
    while (!guard.CloseIfQuiet() && !done) {
    }
    if (!guard.IsClosed()) continue;
    ASSERT_TRUE(platform::BarrierInAllThreads());
    if (guard.IsOut()) {
      EXPECT_EQ(a, b);
      ++a;
      ++b;
      ++taken;
    }
    guard.Open();
  }
  owner.join();
  EXPECT_EQ(a, kTurns + taken);
  EXPECT_EQ(b, kTurns + taken);
}

}  // namespace
}  // namespace hakmem
