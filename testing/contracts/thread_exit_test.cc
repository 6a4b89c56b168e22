// Threads that end leave nothing behind.

#include <gtest/gtest.h>

#include <barrier>
#include <cstdio>
#include <cstring>
#include <thread>
#include <vector>

#include "box/hakmem.h"
#include "testing/contracts/resident_memory.h"
#include "testing/model/allocator.h"
#include "testing/model/scale.h"

namespace hakmem::contracts {
namespace {

const model::Allocator& api = model::AllocatorUnderTest();

constexpr size_t kMiB = size_t{1} << 20;

// About 3 MiB of every box, written. The caller frees them.
std::vector<void*> MakeBlocks() {
  std::vector<void*> blocks;
  const size_t counts[][2] = {{16, 4000}, {64, 4000},   {200, 2000},  {1000, 500},
                              {5000, 60}, {30'000, 10}, {150'000, 4}, {600'000, 1}};
  for (const auto& [size, count] : counts) {
    for (size_t i = 0; i < count; ++i) {
      blocks.push_back(api.malloc(size));
      std::memset(blocks.back(), 'x', size);
    }
  }
  return blocks;
}

void FreeBlocks(std::vector<void*>& blocks) {
  for (void* p : blocks) api.free(p);
  blocks.clear();
}

void AllocateAndFree() {
  std::vector<void*> blocks = MakeBlocks();
  FreeBlocks(blocks);
}

// Threads that hold their blocks at the same time, then free them and end.
void RunAtOnce(unsigned count) {
  std::barrier barrier(count);
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < count; ++t) {
    threads.emplace_back([&barrier] {
      std::vector<void*> blocks = MakeBlocks();
      barrier.arrive_and_wait();
      FreeBlocks(blocks);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// Expects that the resident memory grew by at most `slack` since it was `before`. Under a sanitizer
// the figure is mostly the sanitizer's.
void ExpectNoMoreThan(size_t before, size_t slack) {
  const size_t now = ResidentBytes();
  std::printf("resident: %zu KiB, then %zu KiB\n", before >> 10, now >> 10);
  if (!model::kSanitized) {
    EXPECT_LE(now, before + slack);
  }
}

TEST(ThreadExitTest, TwoHundredThreadsInTurnLeaveNoMoreThanOneHad) {
  size_t with_one = 0;
  std::thread([&with_one] {
    std::vector<void*> blocks = MakeBlocks();
    with_one = ResidentBytes();
    FreeBlocks(blocks);
  }).join();
  for (int i = 0; i < 200; ++i) std::thread(AllocateAndFree).join();
  // What the superslab heap may have to spare, and a little.
  ExpectNoMoreThan(with_one, kMiB + kMiB / 4);
}

TEST(ThreadExitTest, TwoHundredThreadsAtOnceLeaveLittle) {
  std::thread(AllocateAndFree).join();
  hak_purge();
  const size_t after_one = ResidentBytes();
  const unsigned at_once = model::kSanitized ? 20 : 50;
  for (int i = 0; i < 4; ++i) RunAtOnce(at_once);
  hak_purge();
  // Thread stacks that glibc keeps are part of it: some 50 of a few pages each.
  ExpectNoMoreThan(after_one, 4 * kMiB);
}

TEST(ThreadExitTest, LaterThreadsReuseWhatEarlierOnesLeft) {
  for (int i = 0; i < 3; ++i) RunAtOnce(16);
  hak_purge();
  const size_t after_some = ResidentBytes();
  for (int i = 0; i < 10; ++i) RunAtOnce(16);
  hak_purge();
  ExpectNoMoreThan(after_some, 8 * kMiB);
}

TEST(ThreadExitTest, BlocksThatOutliveTheirThreadAreFreedInFull) {
  const auto orphan_and_free = [] {
    std::vector<std::vector<void*>> orphans(4);
    std::vector<std::thread> threads;
    for (std::vector<void*>& blocks : orphans) {
      threads.emplace_back([&blocks] { blocks = MakeBlocks(); });
    }
    for (std::thread& thread : threads) thread.join();
    for (std::vector<void*>& blocks : orphans) FreeBlocks(blocks);
  };
  orphan_and_free();
  orphan_and_free();
  const size_t before = ResidentBytes();
  for (int i = 0; i < 20; ++i) orphan_and_free();
  ExpectNoMoreThan(before, 6 * kMiB);
}

// A thread that only frees has a cache as well.
TEST(ThreadExitTest, ThreadsThatOnlyFreeLeaveNothing) {
  const auto free_elsewhere = [] {
    std::vector<void*> blocks = MakeBlocks();
    std::thread([&blocks] { FreeBlocks(blocks); }).join();
  };
  free_elsewhere();
  free_elsewhere();
  const size_t before = ResidentBytes();
  for (int i = 0; i < 100; ++i) free_elsewhere();
  ExpectNoMoreThan(before, 4 * kMiB);
}

}  // namespace
}  // namespace hakmem::contracts
