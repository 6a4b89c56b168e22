#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>

#include "core/config.h"
#include "core/platform.h"
#include "core/platform_seams.h"

// Not in a program that is linked statically, unless it loads libraries itself.
#pragma weak dlopen
#pragma weak dlsym
#pragma weak dlclose

// Of glibc since 2.2.5, but in no header. Not in a program that is linked statically and has no
// streams.
extern "C" {
void _IO_list_lock();
void _IO_list_unlock();
}
#pragma weak _IO_list_lock
#pragma weak _IO_list_unlock

#ifndef MREMAP_DONTUNMAP  // Linux 5.7; older C libraries lack the name
#define MREMAP_DONTUNMAP 4
#endif

namespace hakmem::platform {
namespace {

// Set by //core:platform_with_seams alone.
constexpr bool kSeams = HAKMEM_SEAMS != 0;

// Keeps errno as it was: free() must not change it (POSIX issue 8), and the rest of hakmem never
// reads it.
class KeepErrno {
 public:
  KeepErrno() : saved_(errno) {}
  ~KeepErrno() { errno = saved_; }

 private:
  int saved_;
};

// Has a thread that was cancelled go on: malloc and free are no places where it ends, while what
// opens and writes files is.
class NotCancelled {
 public:
  NotCancelled() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state_); }
  ~NotCancelled() { pthread_setcancelstate(state_, nullptr); }

 private:
  int state_;
};

// Whether the test wants this call to fail.
bool Fails(std::atomic<int>& countdown) {
  if (!kSeams) return false;
  const int left = countdown.load(std::memory_order_relaxed);  // a test's switch, orders nothing
  if (left > 0) countdown.store(left - 1, std::memory_order_relaxed);  // likewise
  return left != 0;
}

void Note(std::atomic<size_t>& sum, size_t bytes) {
  if (kSeams) sum.fetch_add(bytes, std::memory_order_relaxed);  // a test's statistic
}

void Call(const std::atomic<void (*)()>& hook) {
  if (!kSeams) return;
  void (*const function)() = hook.load(std::memory_order_relaxed);  // a test's, orders nothing
  if (function != nullptr) function();
}

}  // namespace

Seams& GetSeams() {
  static constinit Seams seams;
  return seams;
}

void* Reserve(size_t bytes) {
  if (Fails(GetSeams().fail_reserve)) return nullptr;
  const KeepErrno keep;
  // MAP_NORESERVE: the heap is one mapping that grows and never shrinks, and fork() would be
  // refused where that is longer than the machine has memory. See MayCommit.
  void* p = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  // Where overcommit is strict the kernel ignores MAP_NORESERVE; a sandbox may refuse it outright.
  if (p == MAP_FAILED) p = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) return nullptr;
  madvise(p, bytes, MADV_DONTDUMP);
  return p;
}

void IncludeInCoreDumps(void* at, size_t bytes) {
  const KeepErrno keep;
  madvise(at, bytes, MADV_DODUMP);
}

bool AvoidHugePages(void* at, size_t bytes) {
  const KeepErrno keep;
  return madvise(at, bytes, MADV_NOHUGEPAGE) == 0;
}

bool Populate(void* at, size_t bytes) {
  const KeepErrno keep;
  return madvise(at, bytes, MADV_POPULATE_WRITE) == 0;
}

bool MayCommit(size_t bytes) {
  const KeepErrno keep;
  void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) return false;
  munmap(p, bytes);
  return true;
}

bool Commit(void* at, size_t bytes) {
  if (Fails(GetSeams().fail_commit)) return false;
  const KeepErrno keep;
  if (mprotect(at, bytes, PROT_READ | PROT_WRITE) != 0) return false;
  madvise(at, bytes, MADV_DODUMP);
  Note(GetSeams().committed_bytes, bytes);
  return true;
}

MapResult MapAt(void* at, size_t bytes) {
  if (Fails(GetSeams().fail_commit)) return MapResult::kRefused;
  const KeepErrno keep;
  void* p = mmap(at, bytes, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (p == MAP_FAILED) return errno == EEXIST ? MapResult::kTaken : MapResult::kRefused;
  if (p != at) {  // a kernel before 4.17 takes the address as a hint
    munmap(p, bytes);
    return MapResult::kTaken;
  }
  Note(GetSeams().committed_bytes, bytes);
  return MapResult::kMapped;
}

void* Map(size_t bytes) {
  if (Fails(GetSeams().fail_commit)) return nullptr;
  const KeepErrno keep;
  void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) return nullptr;
  Note(GetSeams().committed_bytes, bytes);
  return p;
}

void Unmap(void* at, size_t bytes) {
  const KeepErrno keep;
  munmap(at, bytes);
}

bool Purge(void* at, size_t bytes) {
  if (Fails(GetSeams().fail_purge)) return false;
  Call(GetSeams().during_purge);
  const KeepErrno keep;
  if (madvise(at, bytes, MADV_DONTNEED) != 0) return false;
  Note(GetSeams().purged_bytes, bytes);
  return true;
}

bool MovePages(void* from, void* to, size_t bytes) {
  if (Fails(GetSeams().fail_move)) return false;
  const KeepErrno keep;
  // Not to `to` at once: the kernel unmaps what is there before it looks at the limits, and would
  // refuse with a hole left behind. The second step is charged to no limit.
  // The kernel checks the fifth argument, a hint, so it must be given.
  void* const away = mremap(from, bytes, bytes, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, nullptr);
  if (away == MAP_FAILED) return false;
  if (mremap(away, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to) != to) {
    // Another thread made the last mapping that the process may have; `to` is still there.
    std::memcpy(to, away, bytes);
    munmap(away, bytes);
  }
  return true;
}

bool Refresh(void* at, size_t bytes) {
  if (Fails(GetSeams().fail_purge)) return false;
  const KeepErrno keep;
  // The flags that Reserve() gave: with others it would not merge.
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
  return mmap(at, bytes, PROT_READ | PROT_WRITE, kFlags, -1, 0) == at;
}

size_t ResidentPages(void* at, size_t bytes) {
  unsigned char resident[1024 * 1024 / kPageBytes];
  const KeepErrno keep;
  const size_t pages = std::min(bytes / kPageBytes, sizeof resident);
  if (mincore(at, pages * kPageBytes, resident) != 0) return pages;
  return static_cast<size_t>(
      std::count_if(resident, resident + pages, [](unsigned char r) { return (r & 1) != 0; }));
}

bool IsMapped(const void* p) {
  const KeepErrno keep;
  unsigned char resident;
  void* page = reinterpret_cast<void*>(RoundDown(reinterpret_cast<uintptr_t>(p), kPageBytes));
  return mincore(page, 1, &resident) == 0;
}

bool IsReadable(const void* p) {
  const KeepErrno keep;
  constexpr size_t kKernelMaskBytes = 8;
  constexpr int kNoSuchChange = -1;
  // In the page of `p`, and not null, which means that there is no mask.
  const uintptr_t mask = RoundDown(reinterpret_cast<uintptr_t>(p), kPageBytes) + kKernelMaskBytes;
  syscall(SYS_rt_sigprocmask, kNoSuchChange, mask, nullptr, kKernelMaskBytes);
  return errno != EFAULT;
}

size_t AddressSpaceLimit() {
  // A test's switch, orders nothing.
  const size_t pretended = GetSeams().address_space_limit.load(std::memory_order_relaxed);
  if (kSeams && pretended != 0) return pretended;
  const KeepErrno keep;
  size_t least = SIZE_MAX;
  for (const auto resource : {RLIMIT_AS, RLIMIT_DATA}) {
    rlimit limit;
    if (getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
      least = std::min<size_t>(least, limit.rlim_cur);
    }
  }
  return least;
}

uint64_t NowMs() {
  // A test's switch, orders nothing.
  const uint64_t pretended = GetSeams().now_ms.load(std::memory_order_relaxed);
  if (kSeams && pretended != 0) return pretended;
  timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);  // which can't fail: errno stays
  return static_cast<uint64_t>(now.tv_sec) * 1000 + static_cast<uint64_t>(now.tv_nsec) / 1000000;
}

void Yield() { sched_yield(); }

void Wait(std::atomic<uint32_t>* word, uint32_t expected) {
  Note(GetSeams().waits, 1);
  const KeepErrno keep;
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr, 0);
}

void WaitFor(std::atomic<uint32_t>* word, uint32_t expected, uint64_t ms) {
  const KeepErrno keep;
  const timespec most = {static_cast<time_t>(ms / 1000), static_cast<long>(ms % 1000 * 1000000)};
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, &most, nullptr, 0);
}

void WakeOne(std::atomic<uint32_t>* word) {
  const KeepErrno keep;
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

bool StartThread(void (*run)()) {
  // Should it be the process's last thread, the program's handlers of exit() run in it.
  constexpr size_t kStackBytes = 256 * 1024;
  const KeepErrno keep;
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // the thread inherits it
  pthread_t thread;
  const auto start = [](void* argument) -> void* {
    reinterpret_cast<void (*)()>(argument)();
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, nullptr);  // for those handlers
    return nullptr;
  };
  const int error = pthread_create(&thread, &attributes, start, reinterpret_cast<void*>(run));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return error == 0;
}

void NameThread(const char* name) { prctl(PR_SET_NAME, name); }

bool IsFirstThread() { return syscall(SYS_gettid) == getpid(); }

void* FindSymbol(const char* library, const char* symbol) {
  if (&dlopen == nullptr) return nullptr;
  const KeepErrno keep;
  void* const handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
  if (handle == nullptr) return nullptr;
  void* const found = dlsym(handle, symbol);
  dlclose(handle);  // it stays loaded: somebody else has it
  return found;
}

static_assert(sizeof(ThreadExitKey) == sizeof(pthread_key_t));

bool MakeThreadExit(void (*at_exit)(void*), ThreadExitKey* key) {
  const KeepErrno keep;
  pthread_key_t made;
  if (pthread_key_create(&made, at_exit) != 0) return false;
  *key = made + 1;
  return true;
}

void ArmThreadExit(ThreadExitKey key) {
  if (key == 0) return;
  const KeepErrno keep;
  static constexpr char kAnyValueButNull = 0;
  pthread_setspecific(key - 1, &kAnyValueButNull);
}

void OnFork(void (*prepare)(), void (*parent)(), void (*child)()) {
  const KeepErrno keep;
  pthread_atfork(prepare, parent, child);
}

void LockStreams() {
  if (&_IO_list_lock != nullptr) _IO_list_lock();
}

void UnlockStreams() {
  if (&_IO_list_unlock != nullptr) _IO_list_unlock();
}

uint64_t NowNs() {
  const KeepErrno keep;
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000 + static_cast<uint64_t>(now.tv_nsec);
}

bool IsPrivileged() {
  // A test's switch, orders nothing.
  if (kSeams && GetSeams().privileged.load(std::memory_order_relaxed)) return true;
  const KeepErrno keep;
  return getauxval(AT_SECURE) != 0;
}

uint32_t ProcessId() { return static_cast<uint32_t>(getpid()); }
uint32_t ParentProcessId() { return static_cast<uint32_t>(getppid()); }
const char* ProgramName() { return program_invocation_short_name; }

bool CurrentDirectory(char* buffer, size_t capacity) {
  const KeepErrno keep;
  return getcwd(buffer, capacity) != nullptr;
}

FileResult MakeFile(const char* path) {
  if (Fails(GetSeams().fail_file)) return FileResult::kRefused;
  const KeepErrno keep;
  const NotCancelled not_cancelled;
  const int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return errno == EEXIST ? FileResult::kExists : FileResult::kRefused;
  close(fd);
  return FileResult::kMade;
}

void* MapFile(const char* path, size_t offset, size_t bytes) {
  if (Fails(GetSeams().fail_file)) return nullptr;
  const KeepErrno keep;
  const NotCancelled not_cancelled;
  const int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return nullptr;
  // Not ftruncate(): a page without a place on the disk would end the program when it is written.
  int error;
  do {
    error = posix_fallocate(fd, static_cast<off_t>(offset), static_cast<off_t>(bytes));
  } while (error == EINTR);
  void* p = MAP_FAILED;
  if (error == 0) {
    p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, static_cast<off_t>(offset));
  }
  close(fd);
  return p == MAP_FAILED ? nullptr : p;
}

void OnSignal(int signal, void (*handler)(int)) {
  const KeepErrno keep;
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigaction(signal, &action, nullptr);
}

void Write(int fd, const char* text, size_t length) {
  const KeepErrno keep;
  const NotCancelled not_cancelled;
  while (length > 0) {
    const ssize_t n = write(fd, text, length);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    text += n;
    length -= static_cast<size_t>(n);
  }
}

void Abort() { abort(); }

}  // namespace hakmem::platform
