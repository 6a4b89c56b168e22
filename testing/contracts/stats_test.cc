// The functions of box/hakmem.h that have no namesake elsewhere.

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "box/hakmem.h"
#include "testing/contracts/resident_memory.h"
#include "testing/contracts/subprocess.h"
#include "testing/model/scale.h"

namespace hakmem::contracts {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

std::vector<void*> MakeBlocks(size_t bytes) {
  std::vector<void*> blocks;
  for (const size_t size : {size_t{64}, size_t{1000}, size_t{20'000}, size_t{300'000}, kMiB}) {
    for (size_t sum = 0; sum < bytes / 5; sum += size) {
      blocks.push_back(hak_malloc(size));
      std::memset(blocks.back(), 'x', size);
    }
  }
  return blocks;
}

void FreeBlocks(std::vector<void*>& blocks) {
  for (void* p : blocks) hak_free(p);
  blocks.clear();
}

std::string Stats() {
  std::string text(hak_stats(nullptr, 0) + 4096, '\0');
  const size_t length = hak_stats(text.data(), text.size());
  EXPECT_LT(length, text.size());
  text.resize(length);
  return text;
}

TEST(StatsTest, AreJson) {
  std::vector<void*> blocks = MakeBlocks(8 * kMiB);
  std::thread([] { hak_free(hak_malloc(100)); }).join();
  const Outcome outcome = RunProgram({{"python3", "-c",
                                       "import json, sys\n"
                                       "stats = json.loads(sys.argv[1])\n"
                                       "assert isinstance(stats, dict) and stats\n",
                                       Stats()}});
  EXPECT_EQ(0, outcome.exit_code) << outcome.ToString();
  FreeBlocks(blocks);
}

TEST(StatsTest, AreCutAtTheCapacity) {
  const std::string whole = Stats();
  ASSERT_GT(whole.size(), 16U);
  for (const size_t capacity : {size_t{1}, size_t{2}, size_t{10}, whole.size() / 2}) {
    std::vector<char> buffer(capacity + 16, '#');
    // The figures may have changed by a digit or two.
    EXPECT_NEAR(static_cast<double>(whole.size()),
                static_cast<double>(hak_stats(buffer.data(), capacity)), 64);
    EXPECT_EQ(capacity - 1, std::strlen(buffer.data()));
    EXPECT_EQ(std::string(16, '#'), std::string(buffer.data() + capacity, 16));
  }
  char untouched = '#';
  EXPECT_GT(hak_stats(&untouched, 0), 16U);
  EXPECT_EQ('#', untouched);
}

TEST(StatsTest, PrintToAFileDescriptor) {
  const int fd = memfd_create("stats", 0);
  hak_stats_print(fd);
  EXPECT_GT(lseek(fd, 0, SEEK_END), 8);
  close(fd);
}

TEST(VersionTest, IsAStaticString) {
  const char* version = hak_version();
  ASSERT_NE(nullptr, version);
  EXPECT_EQ(version, hak_version());
  int major = -1, minor = -1, patch = -1;
  EXPECT_EQ(3, std::sscanf(version, "%d.%d.%d (", &major, &minor, &patch)) << version;
}

TEST(OwnsTest, LiveBlocksAreOwnedWithAllTheirBytes) {
  for (const size_t size : {0UL, 1UL, 100UL, 1024UL, 5000UL, 40'000UL, kMiB, 100 * kMiB}) {
    char* p = static_cast<char*>(hak_malloc(size));
    const size_t usable = hak_usable_size(p);
    for (const size_t offset : {size_t{0}, usable / 2, usable - 1}) {
      EXPECT_EQ(1, hak_owns(p + offset)) << offset << " of " << size;
    }
    hak_free(p);
  }
}

TEST(OwnsTest, NothingElseIs) {
  static char static_bytes[64];
  char stack_bytes[64];
  void* mapping = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EXPECT_EQ(0, hak_owns(nullptr));
  EXPECT_EQ(0, hak_owns(static_bytes));
  EXPECT_EQ(0, hak_owns(stack_bytes));
  EXPECT_EQ(0, hak_owns(mapping));
  for (const uintptr_t address : {uintptr_t{1}, uintptr_t{4096}, ~uintptr_t{0},
                                  uintptr_t{0x7FFF'FFFF'F000}, uintptr_t{0xDEAD'BEEF'0000'0000}}) {
    EXPECT_EQ(0, hak_owns(reinterpret_cast<void*>(address)));
  }
  munmap(mapping, 4096);
}

TEST(PurgeTest, GivesBackWhatIsFree) {
  std::vector<void*> blocks;
  blocks.reserve(1'000'000);
  hak_purge();
  const size_t before = ResidentBytes();
  blocks = MakeBlocks(64 * kMiB);
  // Keeps the memory before it from going back of itself.
  void* const last = hak_malloc(1000);
  FreeBlocks(blocks);
  const size_t freed = ResidentBytes();
  const size_t returned = hak_purge();
  const size_t after = ResidentBytes();
  hak_free(last);
  if (model::kSanitized) return;  // The figures are mostly the sanitizer's.
  EXPECT_LT(after, before + 4 * kMiB);
  const size_t fell = freed - std::min(freed, after);
  EXPECT_GE(returned + kMiB, fell);
  EXPECT_LE(returned, fell + 4 * kMiB) << "claims more than it gave";
  hak_purge();
  EXPECT_EQ(0U, hak_purge()) << "there is nothing left to give back";
}

TEST(PurgeTest, KeepsLiveBlocks) {
  std::vector<void*> kept;
  std::vector<void*> blocks = MakeBlocks(32 * kMiB);
  for (size_t i = 0; i < blocks.size(); ++i) {
    if (i % 100 == 0) std::swap(kept.emplace_back(nullptr), blocks[i]);
  }
  FreeBlocks(blocks);
  hak_purge();
  for (void* p : kept) EXPECT_EQ('x', static_cast<char*>(p)[63]);
  FreeBlocks(kept);
}

}  // namespace
}  // namespace hakmem::contracts
