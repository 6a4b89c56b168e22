#include "bench/compare/workloads/threads.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "bench/compare/workloads/mutator.h"

namespace hakmem::bench {
namespace {

constexpr size_t kMostThreads = 64;

struct Thread {
  void (*body)(void*, size_t);
  void* context;
  size_t index;
  pthread_barrier_t* start;
  pthread_t handle = {};
  double begin = 0;
  double end = 0;
};

void* Start(void* argument) {
  auto* thread = static_cast<Thread*>(argument);
  pthread_barrier_wait(thread->start);
  thread->begin = SecondsNow();
  thread->body(thread->context, thread->index);
  thread->end = SecondsNow();
  return nullptr;
}

}  // namespace

void SleepSeconds(double seconds) {
  timespec left = {.tv_sec = static_cast<time_t>(seconds), .tv_nsec = 0};
  left.tv_nsec = static_cast<long>((seconds - static_cast<double>(left.tv_sec)) * 1e9);
  while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR) {
  }
}

size_t ReadRssKib() {
  const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  char text[128];
  const ssize_t length = read(file, text, sizeof(text) - 1);
  close(file);
  if (length <= 0) return 0;
  text[length] = '\0';
  size_t pages = 0;
  if (sscanf(text, "%*u %zu", &pages) != 1) return 0;
  return pages * static_cast<size_t>(sysconf(_SC_PAGESIZE)) / 1024;
}

double RunInNewThreads(size_t count, void (*body)(void* context, size_t index), void* context) {
  pthread_barrier_t start;
  pthread_barrier_init(&start, nullptr, static_cast<unsigned>(count));
  Thread threads[kMostThreads] = {};
  for (size_t i = 0; i < count; ++i) {
    if (i == kMostThreads) EndProcess("too many threads");
    threads[i] = {.body = body, .context = context, .index = i, .start = &start};
    if (pthread_create(&threads[i].handle, nullptr, Start, &threads[i]) != 0) {
      EndProcess("cannot make a thread");
    }
  }
  for (size_t i = 0; i < count; ++i) pthread_join(threads[i].handle, nullptr);
  pthread_barrier_destroy(&start);
  double begin = threads[0].begin;
  double end = threads[0].end;
  for (size_t i = 1; i < count; ++i) {
    begin = std::min(begin, threads[i].begin);
    end = std::max(end, threads[i].end);
  }
  return end - begin;
}

}  // namespace hakmem::bench
