#include "bench/spsc_queue.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <cstdint>
#include <thread>

namespace hakmem::bench {
namespace {

constexpr uint64_t kDepth = 4;

class SpscQueueTest : public testing::Test {
 protected:
  SpscQueueTest() { queue_.Init(slots_, kDepth); }
  bool Put(uint32_t tag) { return queue_.Put({nullptr, {0, tag}}); }
  // The tag of the next message; -1 when there is none.
  int64_t Take() {
    Message message;
    return queue_.Take(&message) ? int64_t{message.expected.tag} : -1;
  }

  SpscQueue queue_{};
  Message slots_[kDepth] = {};
};

TEST_F(SpscQueueTest, FirstInFirstOut) {
  EXPECT_EQ(Take(), -1);
  for (uint32_t tag = 0; tag < 3; ++tag) EXPECT_TRUE(Put(tag));
  for (int64_t tag = 0; tag < 3; ++tag) EXPECT_EQ(Take(), tag);
  EXPECT_EQ(Take(), -1);
}

TEST_F(SpscQueueTest, HoldsExactlyItsDepth) {
  for (uint32_t round = 0; round < 3; ++round) {
    for (uint32_t tag = 0; tag < kDepth; ++tag) ASSERT_TRUE(Put(tag));
    EXPECT_FALSE(Put(99));
    EXPECT_EQ(Take(), 0);
    EXPECT_TRUE(Put(4));
    EXPECT_FALSE(Put(99));
    for (int64_t tag = 1; tag <= 4; ++tag) EXPECT_EQ(Take(), tag);
    EXPECT_EQ(Take(), -1);
  }
}

TEST_F(SpscQueueTest, BringsEveryMessageToTheOtherThread) {
  constexpr uint32_t kMessages = 20000;
  std::thread producer([this] {
    for (uint32_t tag = 0; tag < kMessages; ++tag) {
      while (!Put(tag)) sched_yield();
    }
  });
  for (int64_t expected = 0; expected < kMessages; ++expected) {
    int64_t tag;
    while ((tag = Take()) < 0) sched_yield();
    ASSERT_EQ(tag, expected);
  }
  producer.join();
}

}  // namespace
}  // namespace hakmem::bench
