// The first use of the allocator in a process, in several ways. Each happens in a child of its own;
// the test's own process never calls hakmem.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>
#include <vector>

#include "box/hakmem.h"
#include "testing/model/scale.h"

namespace hakmem::contracts {
namespace {

// Runs `use` in a child and expects that it returns true within half a minute.
template <typename Use>
void ExpectInChild(Use use) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(30);
    _exit(use() ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(0, status) << "wait status of the child";
}

bool Works() {
  std::vector<char*> blocks;
  for (size_t size = 0; size < 300'000; size += 1 + size / 4) {
    blocks.push_back(static_cast<char*>(hak_malloc(size)));
    if (blocks.back() == nullptr) return false;
    std::memset(blocks.back(), static_cast<int>(blocks.size() % 128), size);
  }
  bool good = true;
  for (size_t i = 1; i < blocks.size(); ++i) {
    good = good && blocks[i][0] == static_cast<char>((i + 1) % 128);
  }
  for (char* p : blocks) hak_free(p);
  return good;
}

// The threads start together, as nearly as can be.
template <typename First>
bool FirstInThreads(First first) {
  constexpr int kThreads = 4;
  std::atomic<int> waiting = kThreads;
  std::atomic<bool> good = true;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      waiting.fetch_sub(1, std::memory_order_relaxed);
      while (waiting.load(std::memory_order_relaxed) > 0) {
      }
      if (!first(t) || !Works()) good.store(false, std::memory_order_relaxed);
    });
  }
  for (std::thread& thread : threads) thread.join();
  return good && Works();
}

TEST(FirstUseTest, SeveralThreadsAllocateAtOnce) {
  for (size_t round = 0; round < model::Scaled(50); ++round) {
    ExpectInChild([] {
      return FirstInThreads([](int t) {
        void* p = hak_malloc(size_t{1} << (6 * t));
        const bool owned = p != nullptr && hak_owns(p) == 1;
        hak_free(p);
        return owned;
      });
    });
  }
}

TEST(FirstUseTest, SeveralThreadsUseDifferentFunctionsAtOnce) {
  for (size_t round = 0; round < model::Scaled(50); ++round) {
    ExpectInChild([] {
      return FirstInThreads([](int t) {
        char buffer[64];
        if (t == 0) hak_free(nullptr);
        if (t == 1) return hak_stats(buffer, sizeof(buffer)) > 0;
        if (t == 2) hak_purge();
        if (t == 3) return hak_owns(buffer) == 0;
        return true;
      });
    });
  }
}

TEST(FirstUseTest, AnyFunctionMayComeFirst) {
  ExpectInChild([] {
    errno = 4711;
    hak_free(nullptr);
    hak_free_sized(nullptr, 8);
    return errno == 4711 && Works();
  });
  ExpectInChild([] { return hak_usable_size(nullptr) == 0 && Works(); });
  ExpectInChild([] { return hak_owns(nullptr) == 0 && Works(); });
  ExpectInChild([] {
    int on_stack = 0;
    return hak_owns(&on_stack) == 0 && Works();
  });
  ExpectInChild([] { return hak_stats(nullptr, 0) > 0 && Works(); });
  ExpectInChild([] {
    hak_purge();
    return Works();
  });
  ExpectInChild([] {
    void* p = hak_realloc(nullptr, 100);
    hak_free(p);
    return p != nullptr && Works();
  });
  ExpectInChild([] {
    void* p = hak_aligned_alloc(1 << 20, 100);
    hak_free(p);
    return p != nullptr && Works();
  });
  ExpectInChild([] { return hak_malloc(PTRDIFF_MAX) == nullptr && Works(); });
}

}  // namespace
}  // namespace hakmem::contracts
