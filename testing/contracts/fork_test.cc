// fork() in a program whose threads allocate all the time: the child's heap is whole, whatever a
// thread that is not there any more was doing.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <thread>
#include <vector>

#include "testing/model/allocator.h"
#include "testing/model/scale.h"

namespace hakmem::contracts {
namespace {

const model::Allocator& api = model::AllocatorUnderTest();

constexpr int kBlocks = 64;
constexpr unsigned kSecondsUntilDeadlock = 30;

// Sizes of every box; the large ones are rare.
size_t SizeOf(uint64_t n) {
  if (n % 97 == 0) return 600'000 + n % 1000;
  if (n % 13 == 0) return 5000 + n % 60'000;
  return n * 7 % 1500;
}

// Allocates and frees `operations` blocks, some kBlocks live at a time. False if one was spoilt.
bool Churn(uint64_t first, size_t operations, const std::atomic<bool>* stop = nullptr) {
  struct Slot {
    unsigned char* p = nullptr;
    size_t size = 0;
  } slots[kBlocks];
  bool good = true;
  const auto release = [&](Slot& slot) {
    if (slot.p == nullptr) return;
    const unsigned char mark = static_cast<unsigned char>(slot.size);
    good = good && slot.p[0] == mark && slot.p[slot.size - 1] == mark;
    api.free(slot.p);
  };
  for (uint64_t n = first; n < first + operations; ++n) {
    if (stop != nullptr && stop->load(std::memory_order_relaxed)) break;
    Slot& slot = slots[n * 31 % kBlocks];
    release(slot);
    slot.size = SizeOf(n) + 1;
    slot.p =
        static_cast<unsigned char*>(n % 5 == 0 ? api.calloc(1, slot.size) : api.malloc(slot.size));
    if (slot.p == nullptr) return false;
    slot.p[0] = slot.p[slot.size - 1] = static_cast<unsigned char>(slot.size);
  }
  for (Slot& slot : slots) release(slot);
  return good;
}

// Threads that allocate until the object dies.
class Hammer {
 public:
  explicit Hammer(unsigned threads) {
    for (unsigned t = 0; t < threads; ++t) {
      threads_.emplace_back([this, t] {
        for (uint64_t first = t; !stop_.load(std::memory_order_relaxed); first += 1000) {
          if (!Churn(first, 1000, &stop_)) good_.store(false, std::memory_order_relaxed);
        }
      });
    }
  }
  ~Hammer() {
    stop_.store(true, std::memory_order_relaxed);  // Only a hint; joining orders the rest.
    for (std::thread& thread : threads_) thread.join();
    EXPECT_TRUE(good_) << "a block of the parent was spoilt";
  }
  Hammer(const Hammer&) = delete;
  Hammer& operator=(const Hammer&) = delete;

 private:
  std::atomic<bool> stop_ = false;
  std::atomic<bool> good_ = true;
  std::vector<std::thread> threads_;
};

int WaitFor(pid_t child) {
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}

// What a child does with its copy of the heap, and its own children with theirs. Ends the process:
// 0 if all went well. A deadlock ends it too, by SIGALRM.
[[noreturn]] void LiveAsChild(int generations, const std::vector<void*>& inherited) {
  alarm(kSecondsUntilDeadlock);
  if (!Churn(1, 500)) _exit(2);
  for (size_t i = 0; i < inherited.size(); ++i) {
    if (i % 2 == 0) api.free(inherited[i]);
  }
  if (!Churn(2, 500)) _exit(3);
  // ThreadSanitizer allows no threads after a fork in a threaded program.
  if (!model::kSanitized) {
    std::atomic<bool> good = true;
    std::thread one([&] { good = Churn(3, 500) && good; });
    std::thread other([&] { good = Churn(4, 500) && good; });
    one.join();
    other.join();
    if (!good) _exit(4);
  }
  if (generations > 1) {
    const pid_t child = fork();
    if (child == 0) LiveAsChild(generations - 1, {});
    if (WaitFor(child) != 0) _exit(5);
  }
  for (size_t i = 1; i < inherited.size(); i += 2) api.free(inherited[i]);
  _exit(Churn(5, 500) ? 0 : 6);
}

std::vector<void*> MakeBlocks(size_t count) {
  std::vector<void*> blocks;
  for (size_t n = 0; n < count; ++n) {
    blocks.push_back(api.malloc(SizeOf(n) + 1));
    std::memset(blocks.back(), 'x', SizeOf(n) + 1);
  }
  return blocks;
}

TEST(ForkTest, ChildrenOfAThreadedProgramAllocateAndForkAgain) {
  const std::vector<void*> blocks = MakeBlocks(1000);
  {
    const Hammer hammer(3);
    for (size_t round = 0; round < model::Scaled(40); ++round) {
      const pid_t child = fork();
      if (child == 0) LiveAsChild(3, blocks);
      ASSERT_EQ(0, WaitFor(child)) << "wait status of the child in round " << round;
    }
  }
  for (void* p : blocks) api.free(p);
}

TEST(ForkTest, SeveralThreadsForkAtOnce) {
  const Hammer hammer(2);
  std::atomic<int> failures = 0;
  std::vector<std::thread> forkers;
  for (int t = 0; t < 2; ++t) {
    forkers.emplace_back([&] {
      for (size_t round = 0; round < model::Scaled(20); ++round) {
        const std::vector<void*> blocks = MakeBlocks(50);
        const pid_t child = fork();
        if (child == 0) LiveAsChild(1, blocks);
        if (WaitFor(child) != 0) failures.fetch_add(1, std::memory_order_relaxed);
        for (void* p : blocks) api.free(p);
      }
    });
  }
  for (std::thread& thread : forkers) thread.join();
  EXPECT_EQ(0, failures);
}

// Whoever flushes all streams holds a lock of the C library's that it takes for a fork as well, and
// allocates where one of them says so.
TEST(ForkTest, AThreadThatFlushesAllStreamsMayAllocateMeanwhile) {
  std::atomic<bool> stop{false};
  std::thread flusher([&stop] {
    cookie_io_functions_t functions = {};
    functions.write = [](void*, const char*, size_t bytes) -> ssize_t {
      api.free(api.malloc(2'000'000));
      return static_cast<ssize_t>(bytes);
    };
    FILE* const stream = fopencookie(nullptr, "w", functions);
    while (!stop) {
      fputs("x", stream);
      fflush(nullptr);
    }
    fclose(stream);
  });
  for (size_t round = 0; round < model::Scaled(200); ++round) {
    const pid_t child = fork();
    if (child == 0) LiveAsChild(1, {});
    ASSERT_EQ(0, WaitFor(child)) << "wait status of the child in round " << round;
  }
  stop = true;
  flusher.join();
}

TEST(ForkTest, TheParentsHeapIsItsOwn) {
  const std::vector<void*> blocks = MakeBlocks(300);
  for (int round = 0; round < 10; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      for (size_t n = 0; n < blocks.size(); ++n) std::memset(blocks[n], 'c', SizeOf(n) + 1);
      LiveAsChild(1, blocks);
    }
    ASSERT_EQ(0, WaitFor(child));
  }
  for (size_t n = 0; n < blocks.size(); ++n) {
    EXPECT_EQ('x', *static_cast<char*>(blocks[n]));
    api.free(blocks[n]);
  }
}

}  // namespace
}  // namespace hakmem::contracts
