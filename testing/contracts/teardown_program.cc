// Allocates in every place that runs after, or before, an allocator may think that a thread or the
// program is over: destructors of thread_local objects, of thread-specific data in all its rounds,
// of static objects, and atexit handlers. Prints "ok" and exits with 0 if all went well.

#include <pthread.h>

#include <atomic>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "testing/contracts/resident_memory.h"

namespace {

std::atomic<int> thread_local_destructors = 0;
std::atomic<int> key_destructors = 0;
pthread_key_t first_key;  // made before any other, so that its destructor runs first
pthread_key_t last_key;

// Allocates and frees blocks of every box, within the thread's memory and beyond it.
void Work() {
  std::vector<char*> blocks;
  for (size_t size = 1; size < 400'000; size += 1 + size / 2) {
    blocks.push_back(static_cast<char*>(std::malloc(size)));
    if (blocks.back() == nullptr) std::abort();
    std::memset(blocks.back(), static_cast<int>(size % 128), size);
  }
  for (char*& p : blocks) p = static_cast<char*>(std::realloc(p, 100));
  for (char* p : blocks) std::free(p);
}

// What a destructor of one round leaves to the next. Round 1 is the first.
struct Baton {
  int round;
  char* block;
};

void DestroyKey(void* value, pthread_key_t key) {
  key_destructors.fetch_add(1, std::memory_order_relaxed);
  Work();
  Baton* baton = static_cast<Baton*>(value);
  std::free(baton->block);
  const int next = baton->round + 1;
  delete baton;
  // POSIX calls a destructor again while it sets its key again, so many times at most.
  if (next <= PTHREAD_DESTRUCTOR_ITERATIONS) {
    pthread_setspecific(key, new Baton{next, static_cast<char*>(std::malloc(50'000))});
  }
}

struct Late {
  std::string text = std::string(100, 'x');
  std::vector<int> numbers = std::vector<int>(1000, 7);
  ~Late() {
    thread_local_destructors.fetch_add(1, std::memory_order_relaxed);
    numbers.push_back(8);
    text += std::string(100'000, 'y');
    Work();
  }
};
thread_local Late late;

void ThreadMain() {
  pthread_setspecific(first_key, new Baton{1, nullptr});
  pthread_setspecific(last_key, new Baton{1, nullptr});
  late.numbers[0] = 1;
  Work();
}

struct Static {
  std::string* text = new std::string(1000, 's');
  ~Static() {
    Work();
    delete text;
    std::puts("ok");
  }
};

void AtExit() {
  Work();
  std::thread(ThreadMain).join();
}

void Require(bool condition, const char* what) {
  if (condition) return;
  std::printf("failed: %s\n", what);
  std::fflush(stdout);
  std::_Exit(1);
}

}  // namespace

int main() {
  static Static first_static;
  pthread_key_create(&first_key, [](void* value) { DestroyKey(value, first_key); });
  std::atexit(AtExit);
  Work();
  pthread_key_create(&last_key, [](void* value) { DestroyKey(value, last_key); });
  std::thread(ThreadMain).join();
  const size_t after_one = hakmem::contracts::ResidentBytes();
  constexpr int kThreads = 200;
  for (int i = 0; i < kThreads; ++i) std::thread(ThreadMain).join();
  const size_t after_all = hakmem::contracts::ResidentBytes();
  Require(thread_local_destructors == kThreads + 1, "each thread_local was destroyed");
  Require(key_destructors == 2 * PTHREAD_DESTRUCTOR_ITERATIONS * (kThreads + 1),
          "each key's destructor ran in every round");
  std::printf("resident: %zu KiB, then %zu KiB\n", after_one >> 10, after_all >> 10);
  Require(after_all < after_one + (4 << 20), "threads leave no memory behind");
  late.numbers[0] = 1;  // The main thread's is destroyed at exit.
}
