#include "tiny/tiny.h"

#include <errno.h>
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "core/config.h"
#include "core/platform_seams.h"
#include "superslab/process.h"

namespace hakmem {
namespace {

TEST(TinyTest, EverySizeGetsABlockOfItsClass) {
  std::vector<std::pair<void*, size_t>> blocks;
  for (size_t size = 0; size <= kMaxTinyRequest; ++size) {
    void* const p = TinyAllocate(size);
    ASSERT_NE(p, nullptr);
    ASSERT_EQ(process.superslabs.map().Lookup(p), TinyClass(size));
    ASSERT_EQ(reinterpret_cast<uintptr_t>(p) % (size <= 8 ? 8 : kMinAlignment), 0u);
    std::memset(p, static_cast<int>(size), size);
    blocks.emplace_back(p, size);
  }
  for (const auto& [p, size] : blocks) {
    for (size_t i = 0; i < size; ++i) {
      ASSERT_EQ(static_cast<uint8_t*>(p)[i], static_cast<uint8_t>(size)) << "size " << size;
    }
    thread_cache.Push(p, TinyClass(size));
  }
}

TEST(TinyTest, TheBlockFreedLastIsTheNextOne) {
  void* const p = TinyAllocate(100);
  thread_cache.Push(p, TinyClass(100));
  EXPECT_EQ(TinyAllocate(100), p);
  thread_cache.Push(p, TinyClass(100));
}

TEST(TinyTest, ExhaustedMemoryIsNullAndEnomem) {
  platform::GetSeams().fail_commit = -1;
  std::vector<void*> blocks;
  errno = 0;
  void* p;
  while (blocks.size() < 500'000 && (p = TinyAllocate(kMaxTinyRequest)) != nullptr) {
    blocks.push_back(p);
  }
  EXPECT_LT(blocks.size(), 500'000u);
  EXPECT_EQ(errno, ENOMEM);
  platform::GetSeams().fail_commit = 0;
  for (void* each : blocks) thread_cache.Push(each, TinyClass(kMaxTinyRequest));
  EXPECT_NE(TinyAllocate(1), nullptr);
}

}  // namespace
}  // namespace hakmem
