// Threads that come and go while others free their blocks: the protocol of remote frees, pending
// stacks, floating and pooled slabs, retirement and rescue (slab.h, heap.h), all at once. Every
// slow path validates what it touches in the validate=1 builds; here the blocks' contents and the
// units are checked in all of them.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "core/config.h"
#include "core/test_random.h"
#include "superslab/process.h"
#include "superslab/test_process.h"

namespace hakmem {
namespace {

constexpr size_t kThreads = 4;
constexpr size_t kCrowd = HeapRegistry::kCrowd + 4;
constexpr size_t kSlots = 64;

// Two words past the link, the second the complement of the first.
struct Marked {
  FreeBlock link;
  uint64_t mark;
  uint64_t complement;
};

struct Exchange {
  std::atomic<Marked*> slots[kSlots] = {};
  std::atomic<int> spoilt{0};
  SizeClass size_class = kNoClass;
  bool changes = false;  // threads' heaps are lean by turns

  void Free(Marked* block) {
    if (block == nullptr) return;
    if (block->complement != ~block->mark) ++spoilt;
    thread_cache.Push(block, size_class);
  }

  // The life of a short thread: every block goes through a slot, from where another thread takes
  // it as a rule, to free it.
  void Live(uint64_t seed, size_t operations) {
    TestRandom random(seed);
    for (size_t i = 0; i < operations; ++i) {
      if (changes && i % 256 == 255) thread_cache.heap->SetLean(!thread_cache.heap->IsLean());
      auto* const block = static_cast<Marked*>(thread_cache.Pop(size_class));
      if (block == nullptr) {
        ++spoilt;
        return;
      }
      block->mark = random.Next();
      block->complement = ~block->mark;
      Free(slots[random.Below(kSlots)].exchange(block));
    }
  }
};

// Gives everything that can be given back without another thread.
void GiveAllBack() {
  if (thread_cache.heap != nullptr) {
    thread_cache.GiveAllBack();
    thread_cache.heap->Validate();
  }
  process.superslabs.Validate();
}

// `generations` of threads, one after another in each of `threads` places.
void Stress(SizeClass c, uint64_t seed, size_t generations, size_t operations,
            size_t threads = kThreads) {
  ASSERT_TRUE(process.EnsureInitialized());
  GiveAllBack();
  const size_t before = UsedSlabs();
  Exchange exchange;
  exchange.size_class = c;
  exchange.changes = threads == kCrowd;
  std::vector<std::thread> places;
  for (size_t t = 0; t < threads; ++t) {
    places.emplace_back([&, t] {
      for (size_t g = 0; g < generations; ++g) {
        std::thread([&] { exchange.Live(seed + t * 1000 + g, operations); }).join();
      }
    });
  }
  for (std::thread& place : places) place.join();
  for (auto& slot : exchange.slots) exchange.Free(slot.load());
  GiveAllBack();
  EXPECT_EQ(exchange.spoilt, 0);
  EXPECT_EQ(UsedSlabs(), before) << "every slab is empty, and went back";
}

TEST(RemoteFreeTest, ShortThreadsOfLargeBlocks) {
  // Two blocks or so in a slab: it empties, floats and is pooled all the time.
  Stress(kNumClasses - 5, TestSeed(1), 300, 40);
}

TEST(RemoteFreeTest, ShortThreadsOfMidBlocks) { Stress(kTinyEnd + 2, TestSeed(2), 200, 300); }

TEST(RemoteFreeTest, ShortThreadsOfSmallBlocks) { Stress(TinyClass(32), TestSeed(3), 100, 2000); }

TEST(RemoteFreeTest, LongThreads) { Stress(kTinyEnd + 8, TestSeed(4), 4, 10000); }

// Lean heaps, and others.
TEST(RemoteFreeTest, ACrowdOfThreadsWithSmallBlocks) {
  Stress(TinyClass(32), TestSeed(5), 20, 2000, kCrowd);
}

TEST(RemoteFreeTest, ACrowdOfThreadsWithMidBlocks) {
  Stress(kTinyEnd + 8, TestSeed(6), 3, 3000, kCrowd);
}

// One thread only allocates, the others only free.
TEST(RemoteFreeTest, OneProducerManyConsumers) {
  constexpr size_t kBlocks = 200000;
  const SizeClass c = TinyClass(64);
  ASSERT_TRUE(process.EnsureInitialized());
  GiveAllBack();
  const size_t before = UsedSlabs();
  Exchange exchange;
  exchange.size_class = c;
  std::atomic<bool> done{false};
  std::vector<std::thread> consumers;
  for (size_t t = 0; t < kThreads; ++t) {
    consumers.emplace_back([&exchange, &done] {
      while (!done) {
        for (auto& slot : exchange.slots) exchange.Free(slot.exchange(nullptr));
        std::this_thread::yield();
      }
    });
  }
  size_t most = 0;
  std::thread producer([&] {
    for (size_t i = 0; i < kBlocks; ++i) {
      auto* const block = static_cast<Marked*>(thread_cache.Pop(c));
      block->mark = i;
      block->complement = ~i;
      exchange.Free(exchange.slots[i % kSlots].exchange(block));
      if (i % kSlots == 0) std::this_thread::yield();
      most = std::max(most, UsedSlabs());
    }
    done = true;
  });
  producer.join();
  for (std::thread& consumer : consumers) consumer.join();
  for (auto& slot : exchange.slots) exchange.Free(slot.load());
  GiveAllBack();
  EXPECT_EQ(exchange.spoilt, 0);
  EXPECT_EQ(UsedSlabs(), before);
  // All at once would fill 200 slabs: what the consumers' caches, of 4 slabs each, don't hold comes
  // back and is used again.
  EXPECT_LE(most, before + 60);
}

}  // namespace
}  // namespace hakmem
