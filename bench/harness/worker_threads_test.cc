#include "bench/harness/worker_threads.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/mman.h>

#include <atomic>

namespace hakmem::bench {
namespace {

struct Calls {
  std::atomic<uint64_t> numbers{0};  // a bit for each number
  std::atomic<int> count{0};
  pthread_t first;  // the thread that got number 0
};

void Note(void* context, uint64_t number) {
  auto* calls = static_cast<Calls*>(context);
  calls->numbers |= uint64_t{1} << number;
  ++calls->count;
  if (number == 0) calls->first = pthread_self();
}

TEST(RunTogetherTest, CallsEachNumberOnce) {
  Calls calls;
  EXPECT_GE(RunTogether(8, Note, &calls), 0);
  EXPECT_EQ(calls.numbers, 0xffu);
  EXPECT_EQ(calls.count, 8);
}

TEST(RunTogetherTest, TheFirstIsTheCallingThread) {
  Calls calls;
  EXPECT_GE(RunTogether(1, Note, &calls), 0);
  EXPECT_EQ(calls.numbers, 1u);
  EXPECT_TRUE(pthread_equal(calls.first, pthread_self()));
}

// All must be there at once, or this would never end.
void Meet(void* context, uint64_t) {
  pthread_barrier_wait(static_cast<pthread_barrier_t*>(context));
}

TEST(RunTogetherTest, AllRunAtATime) {
  pthread_barrier_t barrier;
  pthread_barrier_init(&barrier, nullptr, 4);
  EXPECT_GE(RunTogether(4, Meet, &barrier), 0);
  pthread_barrier_destroy(&barrier);
}

TEST(MapTest, GivesZeroedMemory) {
  auto* memory = static_cast<char*>(Map(10000));
  ASSERT_NE(memory, nullptr);
  for (int i = 0; i < 10000; ++i) ASSERT_EQ(memory[i], 0);
  munmap(memory, 10000);
}

TEST(NowTest, DoesNotGoBack) {
  const int64_t first = Now();
  EXPECT_GE(Now(), first);
}

}  // namespace
}  // namespace hakmem::bench
