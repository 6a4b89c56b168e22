// Random operations of several threads at once, each with a model of its own; blocks go from thread
// to thread and are freed far from home. What happens depends on the schedule as well as the seed.

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/test_random.h"
#include "testing/model/handoff_queue.h"
#include "testing/model/model.h"
#include "testing/model/seeds.h"

namespace hakmem::model {
namespace {

constexpr unsigned kThreads = 4;
// The model that takes what is left over when the threads have ended.
constexpr unsigned kHeir = 1'000;

constexpr Limits kThreadLimits = {.sizes = {0, 64 * kMiB},
                                  .largest_alignment = 16 * kMiB,
                                  .most_blocks = 8'000,
                                  .most_touched_bytes = 40 * kMiB,
                                  .most_virtual_bytes = 512 * kMiB};

struct Plan {
  size_t operations;
  // One operation in so many hands a block over, and one takes one.
  size_t exchange_one_in;
  Limits limits = kThreadLimits;
};

class ConcurrentModelTest : public ::testing::TestWithParam<uint64_t> {
 protected:
  // The first violation that any thread saw, or "".
  const char* violation() const { return violation_; }
  bool stopped() const { return stop_.load(std::memory_order_relaxed); }

  void Report(const Model& model) {
    if (model.ok()) return;
    std::lock_guard lock(mutex_);
    if (violation_[0] == '\0') std::memcpy(violation_, model.violation(), sizeof(violation_) - 1);
    stop_.store(true, std::memory_order_relaxed);  // Only a hint: joining orders the rest.
  }

  // Runs `plan` as thread number `thread` and leaves the blocks that are live at its end in queue_.
  void Work(unsigned thread, const Plan& plan) {
    Model model(AllocatorUnderTest(), plan.limits, seed_, thread);
    TestRandom random(seed_ + thread);
    for (size_t i = 0; i < plan.operations && model.ok() && !stopped(); ++i) {
      if (i % 64 == 0 && deadline_.Passed()) break;
      const size_t draw = random.Below(plan.exchange_one_in);
      Block block;
      if (draw == 0 && model.live_blocks() > 0 && !queue_.Full()) {
        queue_.Push(model.Release());
      } else if (draw == 1 && queue_.TryPop(&block)) {
        model.Adopt(block);
      } else {
        model.Step();
      }
    }
    while (model.ok() && model.live_blocks() > 0) queue_.Push(model.Release());
    Report(model);
  }

  // Takes over all blocks that are left, which compares each with all others, and frees them.
  void Inherit() {
    Model heir(AllocatorUnderTest(), kThreadLimits, seed_, kHeir);
    Block block;
    while (heir.ok() && !stopped() && queue_.TryPop(&block)) heir.Adopt(block);
    std::printf("%s: %zu blocks left over\n", AllocatorUnderTest().name, heir.live_blocks());
    if (!stopped()) heir.FreeAll();
    Report(heir);
  }

  const uint64_t seed_ = ChosenSeed(GetParam());
  const Deadline deadline_{std::chrono::seconds{7}};
  HandoffQueue queue_;

 private:
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  char violation_[512] = {};  // Guarded by mutex_ while threads run.
};

TEST_P(ConcurrentModelTest, ThreadsExchangeBlocks) {
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, t] { Work(t, {Scaled(60'000), 8}); });
  }
  for (std::thread& thread : threads) thread.join();
  Inherit();
  EXPECT_STREQ("", violation());
}

TEST_P(ConcurrentModelTest, ThreadsExchangeTinyBlocks) {
  Limits limits = kThreadLimits;
  limits.sizes = {0, 1100};
  limits.largest_alignment = 64;
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, t, limits] { Work(t, {Scaled(200'000), 4, limits}); });
  }
  for (std::thread& thread : threads) thread.join();
  Inherit();
  EXPECT_STREQ("", violation());
}

// Producers never free and consumers never allocate: every free is remote.
TEST_P(ConcurrentModelTest, ProducersAndConsumers) {
  std::atomic<unsigned> producers = kThreads / 2;
  const auto produce = [&](unsigned thread) {
    Limits limits = kThreadLimits;
    limits.sizes.largest = 256 * kKiB;
    limits.largest_alignment = 4 * kKiB;
    Model model(AllocatorUnderTest(), limits, seed_, thread);
    for (size_t i = 0; i < Scaled(60'000) && model.ok() && !deadline_.Passed(); ++i) {
      while (queue_.Full() && !stopped()) std::this_thread::yield();
      if (stopped()) break;
      model.Step();
      while (model.ok() && model.live_blocks() > 4) queue_.Push(model.Release());
    }
    while (model.ok() && model.live_blocks() > 0) queue_.Push(model.Release());
    Report(model);
    producers.fetch_sub(1, std::memory_order_release);  // Pairs with the consumers' load.
  };
  const auto consume = [&](unsigned thread) {
    Model model(AllocatorUnderTest(), kThreadLimits, seed_, thread);
    while (model.ok() && !stopped()) {
      // Read before the queue: once it is 0, an empty queue stays empty.
      const bool last = producers.load(std::memory_order_acquire) == 0;
      Block block;
      const bool found = queue_.TryPop(&block);
      if (found) model.Adopt(block);
      if (!found && last) break;
      if (model.live_blocks() > 500 || !found) model.FreeAll();
    }
    model.FreeAll();
    Report(model);
  };
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < kThreads / 2; ++t) threads.emplace_back(produce, t);
  for (unsigned t = kThreads / 2; t < kThreads; ++t) threads.emplace_back(consume, t);
  for (std::thread& thread : threads) thread.join();
  EXPECT_STREQ("", violation());
}

// Each generation leaves its blocks to the next, which frees them after their maker is gone.
TEST_P(ConcurrentModelTest, ThreadsEndBeforeTheirBlocks) {
  for (unsigned generation = 0; generation < 12 && !stopped(); ++generation) {
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < kThreads; ++t) {
      // They end at different times.
      const Plan plan = {Scaled(1'500 * (t + 1)), 3};
      threads.emplace_back([this, generation, t, plan] { Work(generation * kThreads + t, plan); });
    }
    for (std::thread& thread : threads) thread.join();
  }
  Inherit();
  EXPECT_STREQ("", violation());
}

TEST_P(ConcurrentModelTest, TwoHundredShortThreads) {
  constexpr unsigned kAtOnce = 8;
  for (unsigned first = 0; first < 200 && !stopped(); first += kAtOnce) {
    std::vector<std::thread> threads;
    for (unsigned t = first; t < first + kAtOnce; ++t) {
      threads.emplace_back([this, t] { Work(t, {Scaled(400), 4}); });
    }
    for (std::thread& thread : threads) thread.join();
  }
  Inherit();
  EXPECT_STREQ("", violation());
}

INSTANTIATE_TEST_SUITE_P(Seeds, ConcurrentModelTest, ::testing::Values(11, 12));

}  // namespace
}  // namespace hakmem::model
