// Does what its argument says, prints each bad address that it freed, then works on and ends with
// the line "survived". on_error_test runs it with several values of HAKMEM_ON_ERROR.

#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include "box/hakmem.h"

namespace {

char static_bytes[64];

void FreeBad(void* p) {
  std::printf("%p\n", p);
  std::fflush(stdout);
  hak_free(p);
}

void Require(bool condition, const char* what) {
  if (condition) return;
  std::printf("failed: %s\n", what);
  std::exit(2);
}

// Allocates, checks and frees blocks of many sizes.
void Work() {
  std::vector<unsigned char*> blocks;
  for (size_t size = 1; size < 3'000'000; size += 1 + size / 3) {
    for (int i = 0; i < 4; ++i) {
      blocks.push_back(static_cast<unsigned char*>(hak_malloc(size)));
      std::memset(blocks.back(), static_cast<int>(blocks.size() % 256), size);
    }
  }
  for (size_t i = 0; i < blocks.size(); ++i) {
    Require(blocks[i][0] == (i + 1) % 256, "blocks keep their contents");
    hak_free(blocks[i]);
  }
}

void WorkInThreads() {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(Work);
  for (std::thread& thread : threads) thread.join();
}

void FreeManyBadPointers() {
  char stack_bytes[64];
  FreeBad(stack_bytes + 16);
  FreeBad(static_bytes);
  FreeBad(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  constexpr size_t kLarge = 4 << 20;
  char* large = static_cast<char*>(hak_malloc(kLarge));
  char* small = static_cast<char*>(hak_malloc(48));
  std::memset(large, 'l', kLarge);
  std::memset(small, 's', 48);
  FreeBad(large + 65'536);
  FreeBad(small + 1);
  std::printf("%p\n", static_cast<void*>(static_bytes + 16));
  hak_realloc(static_bytes + 16, 100);
  Work();
  Require(large[0] == 'l' && large[kLarge - 1] == 'l', "a block whose middle was freed lives on");
  Require(small[0] == 's' && small[47] == 's', "a small block whose middle was freed lives on");
  hak_free(large);
  hak_free(small);
}

}  // namespace

int main(int argc, char** argv) {
  const char* task = argc > 1 ? argv[1] : "";
  if (std::strcmp(task, "free-static") == 0) FreeBad(static_bytes);
  if (std::strcmp(task, "free-many") == 0) FreeManyBadPointers();
  WorkInThreads();
  std::puts("survived");
}
