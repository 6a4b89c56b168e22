#include "mid/mid.h"

#include <errno.h>
#include <gtest/gtest.h>

#include <cstring>
#include <utility>
#include <vector>

#include "core/config.h"
#include "core/platform_seams.h"
#include "superslab/process.h"

namespace hakmem {
namespace {

TEST(MidTest, EverySizeGetsABlockOfItsClass) {
  std::vector<std::pair<char*, size_t>> blocks;
  for (size_t size = kMaxTinyRequest + 1; size <= kMaxMidRequest; size += size % 97 == 0 ? 1 : 61) {
    char* const p = static_cast<char*>(MidAllocate(size));
    ASSERT_NE(p, nullptr);
    ASSERT_EQ(process.superslabs.map().Lookup(p), MidClass(size));
    ASSERT_GE(UsableBytes(MidClass(size)), size);
    ASSERT_EQ(reinterpret_cast<uintptr_t>(p) % kMinAlignment, 0u);
    std::memset(p, static_cast<int>(size), size);
    blocks.emplace_back(p, size);
  }
  for (const auto& [p, size] : blocks) {
    ASSERT_EQ(*p, static_cast<char>(size));
    ASSERT_EQ(std::memcmp(p, p + 1, size - 1), 0) << "size " << size;
    thread_cache.Push(p, MidClass(size));
  }
}

TEST(MidTest, TheLargestRequestIsServed) {
  char* const p = static_cast<char*>(MidAllocate(kMaxMidRequest));
  ASSERT_NE(p, nullptr);
  p[kMaxMidRequest - 1] = 1;
  thread_cache.Push(p, MidClass(kMaxMidRequest));
}

TEST(MidTest, ExhaustedMemoryIsNullAndEnomem) {
  platform::GetSeams().fail_commit = -1;
  std::vector<void*> blocks;
  errno = 0;
  void* p;
  while (blocks.size() < 100'000 && (p = MidAllocate(kMaxMidRequest)) != nullptr) {
    blocks.push_back(p);
  }
  EXPECT_LT(blocks.size(), 100'000u);
  EXPECT_EQ(errno, ENOMEM);
  platform::GetSeams().fail_commit = 0;
  for (void* each : blocks) thread_cache.Push(each, MidClass(kMaxMidRequest));
}

}  // namespace
}  // namespace hakmem
