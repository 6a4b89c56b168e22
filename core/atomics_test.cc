#include "core/atomics.h"

#include <gtest/gtest.h>

#include <thread>

namespace hakmem {
namespace {

void ExpectTheySwap() {
  std::atomic<int> word{1};
  EXPECT_FALSE(CompareExchange(&word, 2, 3, std::memory_order_acquire));
  EXPECT_EQ(word.load(), 1);
  EXPECT_TRUE(CompareExchange(&word, 1, 2, std::memory_order_acquire));
  EXPECT_EQ(word.load(), 2);
  EXPECT_EQ(Exchange(&word, 5, std::memory_order_release), 2);
  EXPECT_EQ(word.load(), 5);
}

// In one test, as a process that had several threads may never be known to have one again.
TEST(AtomicsTest, WithOneThreadAndWithTwo) {
  ASSERT_TRUE(platform::HasOneThread());
  ExpectTheySwap();

  constexpr int kTimes = 100'000;
  std::atomic<int> sum{0};
  const auto add = [&sum] {
    for (int i = 0; i < kTimes; ++i) {
      int old = sum.load();
      while (!CompareExchange(&sum, old, old + 1, std::memory_order_relaxed)) old = sum.load();
    }
  };
  add();
  std::thread other([&add] {
    EXPECT_FALSE(platform::HasOneThread());
    add();
  });
  EXPECT_FALSE(platform::HasOneThread());
  add();
  other.join();
  EXPECT_EQ(sum.load(), 3 * kTimes);
  ExpectTheySwap();
}

}  // namespace
}  // namespace hakmem
