#include "tools/trace/replay_run.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "tools/trace/replay_format.h"

namespace hakmem::trace {
namespace {

constexpr size_t kPageBytes = 4096;
constexpr size_t kOpsAtOnce = 1024;  // read from the file
constexpr unsigned kSpins = 100;     // before a waiting thread gives its core away

// Whose turn it is at the slot, and the slot's block.
struct Slot {
  std::atomic<uint32_t> ticket;
  char* block;
};

// What all threads share. Written before the first of them starts, but for the atomics.
struct Replay {
  int file = -1;
  ReplayHeader header = {};
  const ReplayThread* threads = nullptr;
  Slot* slots = nullptr;
  sem_t finished = {};  // posted once by every thread
  // The first failure; threads go on without touching blocks, so that nobody waits for ever.
  // Relaxed: the text is constant.
  std::atomic<const char*> failure{nullptr};
  // Relaxed: statistics.
  std::atomic<uint64_t> waits{0};
  std::atomic<uint64_t> running{0};
  std::atomic<uint64_t> most_running{0};
};

struct ThreadStart {
  Replay* replay;
  const ReplayThread* thread;
};

void Fail(Replay* replay, const char* failure) {
  const char* none = nullptr;
  replay->failure.compare_exchange_strong(none, failure, std::memory_order_relaxed);
}

void* Map(size_t bytes) {
  void* const p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return p == MAP_FAILED ? nullptr : p;
}

double Now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

bool ReadAt(int file, void* to, size_t bytes, uint64_t offset) {
  char* out = static_cast<char*>(to);
  while (bytes > 0) {
    const ssize_t got = pread(file, out, bytes, static_cast<off_t>(offset));
    if (got <= 0) return false;
    out += got;
    offset += static_cast<uint64_t>(got);
    bytes -= static_cast<size_t>(got);
  }
  return true;
}

void Touch(char* block, size_t size) {
  if (size == 0) return;
  for (size_t i = 0; i < size; i += kPageBytes) block[i] = 1;
  block[size - 1] = 1;
}

// Waits for the slot's ticket; returns whether it had to.
bool AwaitTurn(const Slot& slot, uint32_t ticket) {
  // Acquire: pairs with the release in Perform: the block that the slot holds is this thread's now.
  if (__builtin_expect(slot.ticket.load(std::memory_order_acquire) == ticket, 1)) return false;
  for (unsigned spins = 0; slot.ticket.load(std::memory_order_acquire) != ticket; ++spins) {
    if (spins >= kSpins) {
      sched_yield();
    } else {
      __builtin_ia32_pause();
    }
  }
  return true;
}

char* Call(const ReplayOp& op, char* old) {
  void* p = nullptr;
  switch (op.call) {
    case ReplayCall::kMalloc:
      p = malloc(op.size);
      break;
    case ReplayCall::kCalloc:
      p = calloc(1, op.size);
      break;
    case ReplayCall::kRealloc:
      p = realloc(old, op.size);
      break;
    default: {
      const size_t alignment = size_t{1} << op.alignment_log2;
      if (posix_memalign(&p, alignment < sizeof(void*) ? sizeof(void*) : alignment, op.size) != 0) {
        p = nullptr;
      }
    }
  }
  return static_cast<char*>(p);
}

// One call of the allocator; returns whether it had to wait.
bool Perform(Replay* replay, const ReplayOp& op) {
  Slot& slot = replay->slots[op.slot];
  const bool waited = AwaitTurn(slot, op.ticket);
  if (op.call == ReplayCall::kFree) {
    free(slot.block);
    slot.block = nullptr;
  } else if (replay->failure.load(std::memory_order_relaxed) == nullptr) {
    char* const block = Call(op, slot.block);
    if (block != nullptr) {
      slot.block = block;
      Touch(block, op.size);
    } else {
      Fail(replay, "out of memory");
    }
  }
  slot.ticket.store(op.ticket + 1, std::memory_order_release);  // pairs with AwaitTurn
  return waited;
}

void StartThread(Replay* replay, uint64_t number);

void RunThread(Replay* replay, const ReplayThread& thread) {
  ReplayOp ops[kOpsAtOnce];
  uint64_t waits = 0;
  for (uint64_t done = 0; done < thread.operations;) {
    const uint64_t left = thread.operations - done;
    const size_t count = left < kOpsAtOnce ? static_cast<size_t>(left) : kOpsAtOnce;
    if (!ReadAt(replay->file, ops, count * sizeof(ReplayOp),
                thread.offset + done * sizeof(ReplayOp))) {
      // Others may wait for this thread for ever.
      dprintf(STDERR_FILENO, "replay_worker: the plan can't be read\n");
      _exit(1);
    }
    for (size_t i = 0; i < count; ++i) {
      if (__builtin_expect(ops[i].call == ReplayCall::kStart, 0)) {
        StartThread(replay, ops[i].slot);
      } else {
        waits += Perform(replay, ops[i]) ? 1 : 0;
      }
    }
    done += count;
  }
  replay->waits.fetch_add(waits, std::memory_order_relaxed);
  replay->running.fetch_sub(1, std::memory_order_relaxed);
  sem_post(&replay->finished);
}

void* ThreadMain(void* argument) {
  const ThreadStart start = *static_cast<ThreadStart*>(argument);
  munmap(argument, kPageBytes);
  RunThread(start.replay, *start.thread);
  return nullptr;
}

void CountStart(Replay* replay) {
  const uint64_t running = replay->running.fetch_add(1, std::memory_order_relaxed) + 1;
  uint64_t most = replay->most_running.load(std::memory_order_relaxed);
  while (running > most &&
         !replay->most_running.compare_exchange_weak(most, running, std::memory_order_relaxed)) {
  }
}

void StartThread(Replay* replay, uint64_t number) {
  CountStart(replay);
  ThreadStart* const start = static_cast<ThreadStart*>(Map(kPageBytes));
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  if (start != nullptr) *start = {replay, &replay->threads[number]};
  if (start == nullptr || pthread_create(&thread, &attributes, ThreadMain, start) != 0) {
    dprintf(STDERR_FILENO, "replay_worker: a thread can't be started\n");
    _exit(1);
  }
  pthread_attr_destroy(&attributes);
}

const char* Open(const char* file, Replay* replay) {
  replay->file = open(file, O_RDONLY | O_CLOEXEC);
  if (replay->file < 0) return "the plan can't be opened";
  if (!ReadAt(replay->file, &replay->header, sizeof(ReplayHeader), 0) ||
      replay->header.magic != kReplayMagic) {
    return "the file is not a replay plan";
  }
  const size_t table_bytes = replay->header.threads * sizeof(ReplayThread);
  void* const table = Map(table_bytes + 1);
  replay->slots = static_cast<Slot*>(Map(replay->header.slots * sizeof(Slot) + 1));
  if (table == nullptr || replay->slots == nullptr) return "out of memory";
  if (!ReadAt(replay->file, table, table_bytes, sizeof(ReplayHeader))) return "the plan is cut off";
  replay->threads = static_cast<const ReplayThread*>(table);
  return nullptr;
}

// Frees what was left at the end, and makes all slots as they were at first.
void Clear(Replay* replay) {
  for (uint64_t i = 0; i < replay->header.slots; ++i) {
    Slot& slot = replay->slots[i];
    free(slot.block);
    slot.block = nullptr;
    slot.ticket.store(0, std::memory_order_relaxed);  // no other thread runs
  }
}

}  // namespace

const char* RunReplay(const char* file, uint64_t rounds, ReplayResult* result) {
  Replay replay;
  const char* const error = Open(file, &replay);
  if (error != nullptr) return error;
  if (replay.header.threads == 0) return "the trace has no calls";
  sem_init(&replay.finished, 0, 0);
  for (uint64_t round = 0; round < rounds; ++round) {
    const double start = Now();
    StartThread(&replay, 0);
    for (uint64_t i = 0; i < replay.header.threads; ++i) {
      while (sem_wait(&replay.finished) != 0) continue;
    }
    result->seconds += Now() - start;
    Clear(&replay);
  }
  result->calls = rounds * replay.header.calls;
  result->threads = replay.most_running.load(std::memory_order_relaxed);
  result->waits = replay.waits.load(std::memory_order_relaxed);
  return replay.failure.load(std::memory_order_relaxed);
}

}  // namespace hakmem::trace
