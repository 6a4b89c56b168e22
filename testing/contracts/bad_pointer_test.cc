// Pointers that hakmem never handed out: free and realloc end the program with one line that names
// the address.

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "testing/model/allocator.h"

namespace hakmem::contracts {
namespace {

const model::Allocator& api = model::AllocatorUnderTest();

constexpr size_t kMiB = size_t{1} << 20;

char static_bytes[64 << 10];

// The line that is to be printed about `p`.
std::string LineAbout(const void* p) {
  char address[32];
  std::snprintf(address, sizeof(address), "%p", p);
  return std::string("^hakmem: [^\n]*") + address + "[^\n]*\n$";
}

void ExpectRefused(void* p) {
  EXPECT_EXIT(api.free(p), testing::KilledBySignal(SIGABRT), LineAbout(p));
  EXPECT_EXIT(api.realloc(p, 100), testing::KilledBySignal(SIGABRT), LineAbout(p));
  EXPECT_EXIT(api.realloc(p, 0), testing::KilledBySignal(SIGABRT), LineAbout(p));
}

class BadPointerDeathTest : public testing::Test {
 protected:
  BadPointerDeathTest() {
    // Forked, not run anew: addresses must be the same in both processes.
    testing::FLAGS_gtest_death_test_style = "fast";
    api.free(api.malloc(1));
  }
};

TEST_F(BadPointerDeathTest, Stack) {
  char bytes[4096] = {};
  for (const size_t offset : {0, 1, 16, 2000}) ExpectRefused(bytes + offset);
}

TEST_F(BadPointerDeathTest, Static) {
  for (const size_t offset : {0, 16, 4096, 40'000}) ExpectRefused(static_bytes + offset);
  static const char kText[] = "a constant";
  ExpectRefused(const_cast<char*>(kText));
}

TEST_F(BadPointerDeathTest, ForeignMapping) {
  char* mapping = static_cast<char*>(
      mmap(nullptr, 4 * kMiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(MAP_FAILED, static_cast<void*>(mapping));
  for (const size_t offset : {size_t{0}, size_t{16}, size_t{4096}, kMiB, 4 * kMiB - 1}) {
    ExpectRefused(mapping + offset);
  }
  // What comes before a pointer may be unmapped, and what it points to unreadable.
  ASSERT_EQ(0, mprotect(mapping, 2 * kMiB, PROT_NONE));
  ExpectRefused(mapping);
  ExpectRefused(mapping + kMiB);
  ExpectRefused(mapping + 2 * kMiB);
  munmap(mapping, 4 * kMiB);
  ExpectRefused(mapping + kMiB);
}

// Bytes before the pointer that look like a header do not make it ours.
TEST_F(BadPointerDeathTest, ForeignBytesThatLookLikeAHeader) {
  alignas(16) static unsigned char bytes[256];
  for (unsigned low = 0; low < 64; ++low) {
    for (unsigned char& byte : bytes) byte = static_cast<unsigned char>(0x80 + low);
    EXPECT_EXIT(api.free(bytes + 128), testing::KilledBySignal(SIGABRT), LineAbout(bytes + 128));
  }
}

TEST_F(BadPointerDeathTest, WildAddresses) {
  for (const uintptr_t address : {uintptr_t{1}, uintptr_t{16}, uintptr_t{4096}, uintptr_t{65'536},
                                  uintptr_t{0x7FFF'FFFF'F000}, uintptr_t{0xDEAD'BEEF'0000'0000},
                                  ~uintptr_t{0}, ~uintptr_t{15}}) {
    ExpectRefused(reinterpret_cast<void*>(address));
  }
}

TEST_F(BadPointerDeathTest, MiddleOfALargeBlock) {
  for (const size_t size : {100'000UL, kMiB, 5 * kMiB, 64 * kMiB}) {
    char* block = static_cast<char*>(api.malloc(size));
    for (const size_t offset : {size_t{1}, size_t{16}, size_t{4096}, size_t{65'536}, size / 2}) {
      SCOPED_TRACE(testing::Message() << offset << " of " << size);
      ExpectRefused(block + offset);
    }
    api.free(block);
  }
}

TEST_F(BadPointerDeathTest, MisalignedMiddleOfASmallBlock) {
  for (const size_t size : {8, 16, 24, 48, 64, 100, 512, 1024, 2000, 10'000}) {
    char* block = static_cast<char*>(api.malloc(size));
    for (const size_t offset : {1, 3, 7}) {
      SCOPED_TRACE(testing::Message() << offset << " of " << size);
      ExpectRefused(block + offset);
    }
    api.free(block);
  }
}

}  // namespace
}  // namespace hakmem::contracts
