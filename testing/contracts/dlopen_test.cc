// libhakmem.so in a program that opens it while it runs, next to the system's malloc.

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "testing/contracts/subprocess.h"

namespace hakmem::contracts {
namespace {

// What the tests use of the opened library.
struct Hakmem {
  void* handle = nullptr;
  void* (*malloc)(size_t) = nullptr;
  void* (*realloc)(void*, size_t) = nullptr;
  void (*free)(void*) = nullptr;
  int (*owns)(const void*) = nullptr;
  const char* (*version)() = nullptr;
};

template <typename Function>
void Find(void* handle, const char* name, Function* function) {
  *function = reinterpret_cast<Function>(dlsym(handle, name));
  ASSERT_NE(nullptr, *function) << name;
}

Hakmem Open() {
  Hakmem hakmem;
  hakmem.handle = dlopen(ProgramPath("LIBHAKMEM").c_str(), RTLD_NOW | RTLD_LOCAL);
  EXPECT_NE(nullptr, hakmem.handle) << dlerror();
  if (hakmem.handle == nullptr) std::abort();
  Find(hakmem.handle, "hak_malloc", &hakmem.malloc);
  Find(hakmem.handle, "hak_realloc", &hakmem.realloc);
  Find(hakmem.handle, "hak_free", &hakmem.free);
  Find(hakmem.handle, "hak_owns", &hakmem.owns);
  Find(hakmem.handle, "hak_version", &hakmem.version);
  return hakmem;
}

bool Works(const Hakmem& hakmem) {
  std::vector<char*> blocks;
  for (size_t size = 1; size < 1'000'000; size += 1 + size / 4) {
    char* p = static_cast<char*>(hakmem.malloc(size));
    if (p == nullptr || !hakmem.owns(p)) return false;
    std::memset(p, 'x', size);
    blocks.push_back(static_cast<char*>(hakmem.realloc(p, size + 100)));
  }
  bool good = true;
  for (char* p : blocks) {
    good = good && p[0] == 'x';
    hakmem.free(p);
  }
  return good;
}

bool WorksInThreads(const Hakmem& hakmem) {
  std::atomic<bool> good = true;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      if (!Works(hakmem)) good.store(false, std::memory_order_relaxed);
    });
  }
  for (std::thread& thread : threads) thread.join();
  return good;
}

// What each test does happens in a child, where the library is not yet loaded.
template <typename Body>
void ExpectInChild(Body body) {
  EXPECT_EXIT(
      {
        alarm(60);
        _exit(body() ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

class DlopenDeathTest : public testing::Test {
 protected:
  DlopenDeathTest() { testing::FLAGS_gtest_death_test_style = "fast"; }
};

TEST_F(DlopenDeathTest, SeveralThreadsAreTheFirstToAllocate) {
  ExpectInChild([] { return WorksInThreads(Open()); });
}

TEST_F(DlopenDeathTest, ThreadsFromBeforeMayUseIt) {
  ExpectInChild([] {
    std::atomic<const Hakmem*> opened = nullptr;
    std::atomic<int> good = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        const Hakmem* hakmem;
        // Pairs with the store below.
        while ((hakmem = opened.load(std::memory_order_acquire)) == nullptr) {
          std::this_thread::yield();
        }
        good += Works(*hakmem) ? 1 : 0;
      });
    }
    const Hakmem hakmem = Open();
    opened.store(&hakmem, std::memory_order_release);
    for (std::thread& thread : threads) thread.join();
    return good == 4;
  });
}

TEST_F(DlopenDeathTest, FindsStaticTlsAfterOthersTookTheirs) {
  ExpectInChild([] {
    std::vector<unsigned (*)()> increments;
    for (const char* variable : {"TLS_LIBRARY_1", "TLS_LIBRARY_2", "TLS_LIBRARY_3"}) {
      void* handle = dlopen(ProgramPath(variable).c_str(), RTLD_NOW | RTLD_LOCAL);
      if (handle == nullptr) {
        std::fprintf(stderr, "%s\n", dlerror());
        return false;
      }
      increments.push_back(reinterpret_cast<unsigned (*)()>(dlsym(handle, "IncrementStaticTls")));
    }
    bool good = WorksInThreads(Open());
    for (unsigned (*increment)() : increments) good = good && increment() == 2;
    return good;
  });
}

TEST_F(DlopenDeathTest, DoesNotReplaceMalloc) {
  ExpectInChild([] {
    void* before = std::malloc(1000);
    const Hakmem hakmem = Open();
    void* after = std::malloc(1000);
    const bool foreign = !hakmem.owns(before) && !hakmem.owns(after);
    std::free(before);
    std::free(after);
    return foreign && Works(hakmem);
  });
}

// A thread that used the library ends after dlclose: its cache's destructor must still be there.
TEST_F(DlopenDeathTest, ThreadsMayEndAfterDlclose) {
  ExpectInChild([] {
    const Hakmem hakmem = Open();
    std::atomic<bool> used = false;
    std::atomic<bool> closed = false;
    std::thread user([&] {
      Works(hakmem);
      used = true;
      while (!closed) std::this_thread::yield();
    });
    while (!used) std::this_thread::yield();
    dlclose(hakmem.handle);
    closed = true;
    user.join();
    return Works(Open());
  });
}

TEST_F(DlopenDeathTest, MayBeOpenedTwice) {
  ExpectInChild([] {
    const Hakmem first = Open();
    const Hakmem second = Open();
    return first.malloc == second.malloc && std::strlen(first.version()) > 0 && Works(second);
  });
}

}  // namespace
}  // namespace hakmem::contracts
