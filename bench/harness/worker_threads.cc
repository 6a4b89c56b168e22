#include "bench/harness/worker_threads.h"

#include <pthread.h>
#include <sys/mman.h>
#include <time.h>

#include <algorithm>

namespace hakmem::bench {
namespace {

struct Team {
  pthread_barrier_t start;
  void (*work)(void*, uint64_t);
  void* context;
};

// Aligned so that threads share no cache line, nor a pair that the processor fetches together.
struct alignas(128) Member {
  Team* team;
  uint64_t number;
  pthread_t thread;
  int64_t begin;  // nanoseconds
  int64_t end;
};

void* RunMember(void* argument) {
  auto* member = static_cast<Member*>(argument);
  Team* team = member->team;
  pthread_barrier_wait(&team->start);
  member->begin = Now();
  team->work(team->context, member->number);
  member->end = Now();
  return nullptr;
}

}  // namespace

int64_t Now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kNanosecondsPerSecond + now.tv_nsec;
}

void* Map(size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

double RunTogether(uint64_t threads, void (*work)(void* context, uint64_t number), void* context) {
  // Static: when a thread can't be started, others are left waiting at the barrier in it.
  static Team team;
  team.work = work;
  team.context = context;
  auto* members = static_cast<Member*>(Map(threads * sizeof(Member)));
  if (members == nullptr) return -1;
  pthread_barrier_init(&team.start, nullptr, static_cast<unsigned>(threads));
  for (uint64_t i = 0; i < threads; ++i) {
    members[i].team = &team;
    members[i].number = i;
    if (i > 0 && pthread_create(&members[i].thread, nullptr, RunMember, &members[i]) != 0)
      return -1;
  }
  RunMember(&members[0]);
  int64_t begin = members[0].begin;
  int64_t end = members[0].end;
  for (uint64_t i = 1; i < threads; ++i) {
    pthread_join(members[i].thread, nullptr);
    begin = std::min(begin, members[i].begin);
    end = std::max(end, members[i].end);
  }
  pthread_barrier_destroy(&team.start);
  munmap(members, threads * sizeof(Member));
  return static_cast<double>(end - begin) / kNanosecondsPerSecond;
}

}  // namespace hakmem::bench
