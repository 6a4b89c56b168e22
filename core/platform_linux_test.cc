// The platform as tests link it (core:platform_with_seams), against a real kernel.

#include <errno.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "core/config.h"
#include "core/platform.h"
#include "core/platform_seams.h"

namespace hakmem::platform {
namespace {

constexpr size_t kBytes = 16 * kPageBytes;

bool IsZero(const char* at, size_t bytes) {
  return at[0] == 0 && std::memcmp(at, at + 1, bytes - 1) == 0;
}

// Every test finds the seams untouched, and an errno that nothing may change.
class PlatformTest : public testing::Test {
 protected:
  void SetUp() override {
    Reset();
    errno = EDOM;
  }
  void TearDown() override {
    EXPECT_EQ(errno, EDOM);
    Reset();
  }
  static void Reset() {
    Seams& seams = GetSeams();
    seams.fail_file = 0;
    seams.fail_reserve = seams.fail_commit = seams.fail_purge = seams.fail_move = 0;
    seams.address_space_limit = 0;
    seams.privileged = false;
    seams.now_ms = 0;
    seams.committed_bytes = seams.purged_bytes = 0;
  }
};

using PlatformDeathTest = PlatformTest;

TEST_F(PlatformTest, ReservedPagesAreUntouchableUntilCommitted) {
  char* const p = static_cast<char*>(Reserve(kBytes));
  ASSERT_NE(p, nullptr);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(p) % kPageBytes, 0u);
  EXPECT_DEATH({ *p = 1; }, "");
  ASSERT_TRUE(Commit(p + kPageBytes, kPageBytes));
  EXPECT_TRUE(IsZero(p + kPageBytes, kPageBytes));
  p[kPageBytes] = 1;
  EXPECT_DEATH({ p[2 * kPageBytes] = 1; }, "");
  Unmap(p, kBytes);
}

// The flags of the mapping that has `p`, as /proc/self/smaps shows them.
std::string MappingFlags(const void* p) {
  std::ifstream maps("/proc/self/smaps");
  bool found = false;
  for (std::string line; std::getline(maps, line);) {
    uintptr_t first;
    uintptr_t end;
    if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " ", &first, &end) == 2) {
      found = first <= reinterpret_cast<uintptr_t>(p) && reinterpret_cast<uintptr_t>(p) < end;
    }
    if (found && line.starts_with("VmFlags:")) return line + " ";
  }
  return "";
}

TEST_F(PlatformTest, CoreDumpsHaveWhatIsCommittedAlone) {
  char* const p = static_cast<char*>(Reserve(kBytes));
  ASSERT_NE(p, nullptr);
  ASSERT_TRUE(Commit(p, kPageBytes));
  const std::string committed = MappingFlags(p);
  const std::string reserved = MappingFlags(p + kPageBytes);
  EXPECT_NE(committed.find(" rd "), std::string::npos) << committed;
  EXPECT_EQ(committed.find(" dd "), std::string::npos) << committed;
  EXPECT_NE(reserved.find(" dd "), std::string::npos) << reserved;
  IncludeInCoreDumps(p, kBytes);
  EXPECT_EQ(MappingFlags(p + kPageBytes).find(" dd "), std::string::npos);
  Unmap(p, kBytes);
  errno = EDOM;  // the stream's doing
}

TEST_F(PlatformTest, MayCommitNoMoreThanTheMachineHas) {
  int overcommit = -1;
  std::ifstream("/proc/sys/vm/overcommit_memory") >> overcommit;
  struct sysinfo machine;
  ASSERT_EQ(sysinfo(&machine), 0);
  const size_t bytes =
      RoundUp((machine.totalram + machine.totalswap) * 2 * machine.mem_unit, kPageBytes);
  EXPECT_EQ(MayCommit(bytes), overcommit == 1) << "vm.overcommit_memory is " << overcommit;
  EXPECT_TRUE(MayCommit(kPageBytes));
  errno = EDOM;  // the stream's doing
}

TEST_F(PlatformTest, ReservesMoreThanThereIsMemory) {
  constexpr size_t kTerabyte = size_t{1} << 40;
  void* const p = Reserve(kTerabyte);
  ASSERT_NE(p, nullptr);
  Unmap(p, kTerabyte);
}

TEST_F(PlatformTest, RefusalsAreAnswersAndKeepErrno) {
  constexpr size_t kTooMuch = size_t{1} << 62;
  EXPECT_EQ(Reserve(kTooMuch), nullptr);
  EXPECT_EQ(Map(kTooMuch), nullptr);
  char* const p = static_cast<char*>(Map(kBytes));
  ASSERT_NE(p, nullptr);
  Unmap(p, kBytes);
  EXPECT_FALSE(Commit(p, kBytes));  // nothing is mapped there any more
  EXPECT_FALSE(Purge(p, kBytes));
  EXPECT_EQ(MapAt(reinterpret_cast<void*>(uintptr_t{1} << 62), kBytes), MapResult::kRefused);
}

TEST_F(PlatformTest, MapAtMapsThereOrNotAtAll) {
  char* const p = static_cast<char*>(Reserve(kBytes));
  Unmap(p, kBytes);
  ASSERT_EQ(MapAt(p, kBytes), MapResult::kMapped);
  EXPECT_TRUE(IsZero(p, kBytes));
  p[5] = 5;
  EXPECT_EQ(MapAt(p, kBytes), MapResult::kTaken);
  EXPECT_EQ(MapAt(p - kPageBytes, 2 * kPageBytes), MapResult::kTaken);  // its second page is
  EXPECT_EQ(p[5], 5);
  Unmap(p, kBytes);
}

TEST_F(PlatformTest, PurgedPagesReadAsZeroAndStayMapped) {
  char* const p = static_cast<char*>(Map(kBytes));
  ASSERT_NE(p, nullptr);
  std::memset(p, 'x', kBytes);
  ASSERT_TRUE(Purge(p + kPageBytes, 2 * kPageBytes));
  EXPECT_TRUE(IsZero(p + kPageBytes, 2 * kPageBytes));
  EXPECT_EQ(p[kPageBytes - 1], 'x');
  EXPECT_EQ(p[3 * kPageBytes], 'x');
  p[kPageBytes] = 1;
  Unmap(p, kBytes);
}

TEST_F(PlatformTest, MovedPagesTakeTheirContentsAlong) {
  char* const p = static_cast<char*>(Map(kBytes));
  ASSERT_NE(p, nullptr);
  char* const to = p + 8 * kPageBytes;
  std::memset(p, 'a', 4 * kPageBytes);
  std::memset(to, 'b', 4 * kPageBytes);
  if (!MovePages(p, to, 3 * kPageBytes)) GTEST_SKIP() << "the kernel cannot move pages";
  EXPECT_TRUE(IsZero(p, 3 * kPageBytes));
  EXPECT_EQ(p[3 * kPageBytes], 'a');
  EXPECT_EQ(std::string(to, 3 * kPageBytes), std::string(3 * kPageBytes, 'a'));
  EXPECT_EQ(to[3 * kPageBytes], 'b');
  // Both are as usable as before, and Refresh makes the moved part zero again.
  p[0] = 'c';
  ASSERT_TRUE(Refresh(to, 3 * kPageBytes));
  EXPECT_TRUE(IsZero(to, 3 * kPageBytes));
  EXPECT_EQ(to[3 * kPageBytes], 'b');
  to[0] = 'd';
  Unmap(p, kBytes);
}

// How many entries of the kernel's table [from, from + bytes) has.
int Mappings(const char* from, size_t bytes) {
  std::ifstream maps("/proc/self/maps");
  std::string line;
  int count = 0;
  while (std::getline(maps, line)) {
    uintptr_t begin = 0;
    uintptr_t end = 0;
    EXPECT_EQ(std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR, &begin, &end), 2);
    const auto first = reinterpret_cast<uintptr_t>(from);
    if (begin < first + bytes && end > first) ++count;
  }
  return count;
}

TEST_F(PlatformTest, ARefreshedRangeIsOneMappingWithItsNeighbours) {
  constexpr size_t kReserved = 64 * kPageBytes;
  char* const p = static_cast<char*>(Reserve(kReserved));
  ASSERT_NE(p, nullptr);
  ASSERT_TRUE(Commit(p, kReserved));
  std::memset(p, 'a', kReserved);
  ASSERT_EQ(Mappings(p, kReserved), 1);
  char* const to = p + 40 * kPageBytes;
  if (!MovePages(p, to, 8 * kPageBytes)) GTEST_SKIP() << "the kernel cannot move pages";
  EXPECT_GT(Mappings(p, kReserved), 1);
  ASSERT_TRUE(Refresh(to, 8 * kPageBytes));
  EXPECT_EQ(Mappings(p, kReserved), 1);
  Unmap(p, kReserved);
}

TEST_F(PlatformTest, CountsResidentPages) {
  char* const p = static_cast<char*>(Map(16 * kPageBytes));
  ASSERT_NE(p, nullptr);
  AvoidHugePages(p, 16 * kPageBytes);
  EXPECT_EQ(ResidentPages(p, 16 * kPageBytes), 0u);
  for (const size_t page : {0, 7, 15}) p[page * kPageBytes] = 'x';
  EXPECT_EQ(ResidentPages(p, 16 * kPageBytes), 3u);
  EXPECT_EQ(ResidentPages(p + kPageBytes, 8 * kPageBytes), 1u);
  Unmap(p, 16 * kPageBytes);
  EXPECT_EQ(ResidentPages(p, 16 * kPageBytes), 16u) << "unknown";
}

TEST_F(PlatformTest, IsMappedTellsOfAnyAddress) {
  char* const p = static_cast<char*>(Map(3 * kPageBytes));
  ASSERT_NE(p, nullptr);
  Unmap(p, kPageBytes);
  Unmap(p + 2 * kPageBytes, kPageBytes);
  EXPECT_FALSE(IsMapped(p + kPageBytes - 1));
  EXPECT_TRUE(IsMapped(p + kPageBytes));
  EXPECT_TRUE(IsMapped(p + 2 * kPageBytes - 1));
  EXPECT_FALSE(IsMapped(p + 2 * kPageBytes));
  EXPECT_FALSE(IsMapped(nullptr));
  Unmap(p + kPageBytes, kPageBytes);
}

TEST_F(PlatformTest, IsReadableTellsOfAnyAddress) {
  char* const p = static_cast<char*>(Map(3 * kPageBytes));
  ASSERT_NE(p, nullptr);
  ASSERT_EQ(mprotect(p, kPageBytes, PROT_NONE), 0);
  Unmap(p + 2 * kPageBytes, kPageBytes);
  sigset_t before;
  ASSERT_EQ(pthread_sigmask(SIG_SETMASK, nullptr, &before), 0);
  std::memset(p + kPageBytes, 0xFF, kPageBytes);
  EXPECT_FALSE(IsReadable(p + kPageBytes - 1)) << "mapped, but not to be read";
  EXPECT_TRUE(IsReadable(p + kPageBytes));
  EXPECT_TRUE(IsReadable(p + 2 * kPageBytes - 1));
  EXPECT_FALSE(IsReadable(p + 2 * kPageBytes));
  EXPECT_FALSE(IsReadable(nullptr));
  EXPECT_FALSE(IsReadable(reinterpret_cast<void*>(~uintptr_t{0})));
  sigset_t after;
  ASSERT_EQ(pthread_sigmask(SIG_SETMASK, nullptr, &after), 0);
  for (int signal = 1; signal < NSIG; ++signal) {
    EXPECT_EQ(sigismember(&before, signal), sigismember(&after, signal)) << signal;
  }
  Unmap(p, 2 * kPageBytes);
}

TEST_F(PlatformTest, AddressSpaceLimitIsTheKernelsOrTheTests) {
  const pid_t child = fork();
  if (child == 0) {
    rlimit limit;
    limit.rlim_cur = limit.rlim_max = size_t{1} << 45;
    _exit(setrlimit(RLIMIT_AS, &limit) == 0 && AddressSpaceLimit() == limit.rlim_cur ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  GetSeams().address_space_limit = 12345;
  EXPECT_EQ(AddressSpaceLimit(), 12345u);
}

TEST_F(PlatformTest, TheClockRunsUnlessATestHoldsIt) {
  const uint64_t before = NowMs();
  EXPECT_GT(before, 0u);
  EXPECT_GE(NowMs(), before);
  GetSeams().now_ms = 77;
  EXPECT_EQ(NowMs(), 77u);
  GetSeams().now_ms = 0;
  EXPECT_GE(NowMs(), before);
  while (NowMs() == before) std::this_thread::yield();
}

TEST_F(PlatformTest, WaitReturnsWhenTheWordDiffers) {
  std::atomic<uint32_t> word{1};
  Wait(&word, 2);  // does not sleep
  const size_t before = GetSeams().waits;
  std::thread waiter([&word] {
    while (word == 1) Wait(&word, 1);
  });
  while (GetSeams().waits == before) std::this_thread::yield();
  // One that did not sleep would call it again and again meanwhile.
  for (int i = 0; i < 1000; ++i) std::this_thread::yield();
  word = 2;
  WakeOne(&word);
  waiter.join();
  EXPECT_LT(GetSeams().waits - before, 100u) << "it may wake for no reason, but not often";
}

std::atomic<int> exits{0};

TEST_F(PlatformTest, TheExitHookRunsInArmedThreadsOnly) {
  ThreadExitKey key;
  ASSERT_TRUE(MakeThreadExit([](void*) { ++exits; }, &key));
  std::thread([] {}).join();
  EXPECT_EQ(exits, 0);
  std::thread([key] {
    ArmThreadExit(key);
    ArmThreadExit(key);
  }).join();
  EXPECT_EQ(exits, 1);
}

TEST_F(PlatformTest, WithoutASlotForTheExitHookNobodyElsesIsTaken) {
  std::vector<pthread_key_t> keys;
  for (pthread_key_t key; pthread_key_create(&key, nullptr) == 0;) keys.push_back(key);
  const void* const first = pthread_getspecific(0);  // whoever has that key
  ThreadExitKey key = 0;
  EXPECT_FALSE(MakeThreadExit([](void*) {}, &key));
  EXPECT_EQ(key, 0u);
  ArmThreadExit(key);
  EXPECT_EQ(pthread_getspecific(0), first);
  for (const pthread_key_t other : keys) {
    EXPECT_EQ(pthread_getspecific(other), nullptr);
    pthread_key_delete(other);
  }
}

std::atomic<int> fork_order{0};

TEST_F(PlatformTest, ForkHandlersRunBeforeAndOnBothSides) {
  OnFork([] { fork_order = 1; }, [] { fork_order = fork_order * 10 + 2; },
         [] { fork_order = fork_order * 10 + 3; });
  const pid_t child = fork();
  if (child == 0) _exit(fork_order);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 13);
  EXPECT_EQ(fork_order, 12);
}

TEST_F(PlatformTest, WriteWritesAllOfIt) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const std::string text(200'000, 'w');  // more than a pipe holds: several writes
  std::thread writer([&] {
    Write(ends[1], text.data(), text.size());
    close(ends[1]);
  });
  std::string got;
  char buffer[4096];
  for (ssize_t n; (n = read(ends[0], buffer, sizeof(buffer))) > 0;) {
    got.append(buffer, static_cast<size_t>(n));
  }
  writer.join();
  close(ends[0]);
  EXPECT_EQ(got, text);
}

TEST_F(PlatformTest, WriteGivesUpOnAnErrorQuietly) { Write(-1, "lost", 4); }

TEST_F(PlatformDeathTest, AbortEndsTheProgram) {
  EXPECT_EXIT(Abort(), testing::KilledBySignal(SIGABRT), "");
}

// How often the first five calls fail when the countdown starts at `from`.
template <typename Call>
std::string Failures(std::atomic<int>& countdown, int from, Call&& call) {
  countdown = from;
  std::string failures;
  for (int i = 0; i < 5; ++i) failures += call() ? '.' : 'F';
  countdown = 0;
  return failures + (call() ? "." : "F");
}

template <typename Call>
void ExpectCountdown(std::atomic<int>& countdown, Call&& call) {
  EXPECT_EQ(Failures(countdown, 0, call), "......");
  EXPECT_EQ(Failures(countdown, 1, call), "F.....");
  EXPECT_EQ(Failures(countdown, 3, call), "FFF...");
  EXPECT_EQ(Failures(countdown, -1, call), "FFFFF.");
}

TEST_F(PlatformTest, SeamsCountFailuresDown) {
  Seams& seams = GetSeams();
  char* const p = static_cast<char*>(Map(kBytes));
  ASSERT_NE(p, nullptr);
  ExpectCountdown(seams.fail_reserve, [] {
    void* const reserved = Reserve(kBytes);
    if (reserved != nullptr) Unmap(reserved, kBytes);
    return reserved != nullptr;
  });
  ExpectCountdown(seams.fail_commit, [p] { return Commit(p, kBytes); });
  ExpectCountdown(seams.fail_commit, [p] { return MapAt(p, kBytes) != MapResult::kRefused; });
  ExpectCountdown(seams.fail_commit, [] {
    void* const mapped = Map(kBytes);
    if (mapped != nullptr) Unmap(mapped, kBytes);
    return mapped != nullptr;
  });
  ExpectCountdown(seams.fail_purge, [p] { return Purge(p, kBytes); });
  ExpectCountdown(seams.fail_purge, [p] { return Refresh(p, kBytes); });
  if (MovePages(p, p + 8 * kPageBytes, kPageBytes)) {
    ExpectCountdown(seams.fail_move, [p] { return MovePages(p, p + 8 * kPageBytes, kPageBytes); });
  }
  Unmap(p, kBytes);
}

TEST_F(PlatformTest, SeamsNoteWhatHappened) {
  Seams& seams = GetSeams();
  char* const reserved = static_cast<char*>(Reserve(kBytes));
  EXPECT_EQ(seams.committed_bytes, 0u);
  Commit(reserved, 2 * kPageBytes);
  EXPECT_EQ(seams.committed_bytes, 2 * kPageBytes);
  Unmap(reserved, kBytes);
  ASSERT_EQ(MapAt(reserved, kBytes), MapResult::kMapped);
  EXPECT_EQ(MapAt(reserved, kBytes), MapResult::kTaken);
  EXPECT_EQ(seams.committed_bytes, 2 * kPageBytes + kBytes);
  Purge(reserved, kPageBytes);
  EXPECT_EQ(seams.purged_bytes, kPageBytes);
  seams.fail_purge = 1;
  Purge(reserved, kPageBytes);
  EXPECT_EQ(seams.purged_bytes, kPageBytes);
  Unmap(reserved, kBytes);
}

// The kernel's own refusal: a limit that came later than the memory.
TEST_F(PlatformTest, AMoveThatALimitForbidsLeavesBothPlaces) {
  char* const p = static_cast<char*>(Map(kBytes));
  const pid_t child = fork();
  if (child == 0) {
    std::memset(p, 'k', kBytes);
    const rlimit limit = {kBytes, kBytes};
    setrlimit(RLIMIT_AS, &limit);
    if (MovePages(p, p + kBytes / 2, kBytes / 2)) _exit(1);
    for (size_t i = 0; i < kBytes; ++i) {
      if (p[i] != 'k') _exit(2);
    }
    _exit(0);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  Unmap(p, kBytes);
}

// A refused purge leaves the contents as they are, and a refused move moves nothing.
TEST_F(PlatformTest, InjectedFailuresChangeNothing) {
  char* const p = static_cast<char*>(Map(kBytes));
  std::memset(p, 'k', kBytes);
  GetSeams().fail_purge = GetSeams().fail_move = -1;
  EXPECT_FALSE(Purge(p, kBytes));
  EXPECT_FALSE(Refresh(p, kBytes));
  EXPECT_FALSE(MovePages(p, p + kPageBytes, kPageBytes));
  EXPECT_EQ(std::string(p, kBytes), std::string(kBytes, 'k'));
  Unmap(p, kBytes);
}

// ---------------------------------------------------------------- observation

TEST_F(PlatformTest, TheNanosecondClockGoesForward) {
  const uint64_t before = NowNs();
  EXPECT_GT(before, 0u);
  uint64_t now;
  do {
    now = NowNs();
    ASSERT_GE(now, before);
  } while (now == before);
}

TEST_F(PlatformTest, TellsWhoThisIs) {
  EXPECT_FALSE(IsPrivileged());
  GetSeams().privileged = true;
  EXPECT_TRUE(IsPrivileged());
  EXPECT_EQ(ProcessId(), static_cast<uint32_t>(getpid()));
  EXPECT_EQ(ParentProcessId(), static_cast<uint32_t>(getppid()));
  EXPECT_STREQ(ProgramName(), program_invocation_short_name);
  char directory[4096];
  ASSERT_TRUE(CurrentDirectory(directory, sizeof(directory)));
  EXPECT_EQ(directory[0], '/');
  EXPECT_FALSE(CurrentDirectory(directory, 1));
}

TEST_F(PlatformTest, AMappedFileGrowsAndKeepsWhatIsWritten) {
  const std::string path = testing::TempDir() + "/platform_file_" + std::to_string(getpid());
  ASSERT_EQ(MakeFile(path.c_str()), FileResult::kMade);
  EXPECT_EQ(MakeFile(path.c_str()), FileResult::kExists);
  char* const p = static_cast<char*>(MapFile(path.c_str(), kPageBytes, kPageBytes));
  ASSERT_NE(p, nullptr);
  EXPECT_TRUE(IsZero(p, kPageBytes));
  std::memcpy(p, "kept", 4);
  Unmap(p, kPageBytes);
  char* const q = static_cast<char*>(MapFile(path.c_str(), 0, kPageBytes));
  ASSERT_NE(q, nullptr);
  Unmap(q, kPageBytes);
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  ASSERT_EQ(bytes.size(), 2 * kPageBytes) << "mapping the first page did not cut it";
  EXPECT_EQ(bytes.substr(kPageBytes, 5), std::string("kept\0", 5));
  unlink(path.c_str());
  EXPECT_EQ(MapFile(path.c_str(), 0, kPageBytes), nullptr) << "it is not made anew";
  EXPECT_EQ(MakeFile("/no/such/directory/file"), FileResult::kRefused);
  errno = EDOM;  // the stream's doing
}

TEST_F(PlatformTest, AThreadIsNotCancelledInAFileFunction) {
  static std::string path;
  path = testing::TempDir() + "/platform_cancel_" + std::to_string(getpid());
  static std::atomic<bool> went_on;
  went_on = false;
  pthread_t thread;
  ASSERT_EQ(pthread_create(
                &thread, nullptr,
                [](void*) -> void* {
                  pthread_cancel(pthread_self());
                  const bool made = MakeFile(path.c_str()) == FileResult::kMade;
                  void* const p = MapFile(path.c_str(), 0, kPageBytes);
                  Write(-1, "lost", 4);
                  went_on = made && p != nullptr;
                  Unmap(p, kPageBytes);
                  pthread_testcancel();
                  return &went_on;
                },
                nullptr),
            0);
  void* result = nullptr;
  pthread_join(thread, &result);
  EXPECT_TRUE(went_on);
  EXPECT_EQ(result, PTHREAD_CANCELED) << "but after it";
  struct stat file;
  ASSERT_EQ(stat(path.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
  unlink(path.c_str());
  errno = EDOM;  // the C library's doing
}

TEST_F(PlatformTest, WaitsForAWakerOrForSoLong) {
  std::atomic<uint32_t> word{1};
  WaitFor(&word, 0, 1000000);  // it differs already
  WaitFor(&word, 1, 1);        // nobody wakes it
  std::thread waker([&word] {
    word = 2;
    WakeOne(&word);
  });
  while (word == 1) WaitFor(&word, 1, 1000000);
  waker.join();
}

TEST_F(PlatformTest, StartsAThreadThatGetsNoSignals) {
  struct Seen {
    std::atomic<uint32_t> done{0};
    bool first;
    char name[16];
    sigset_t blocked;
  };
  static Seen seen;
  ASSERT_TRUE(StartThread([] {
    NameThread("platform-test");
    seen.first = IsFirstThread();
    pthread_getname_np(pthread_self(), seen.name, sizeof(seen.name));
    pthread_sigmask(SIG_SETMASK, nullptr, &seen.blocked);
    seen.done = 1;
    WakeOne(&seen.done);
  }));
  while (seen.done == 0) Wait(&seen.done, 0);
  EXPECT_TRUE(IsFirstThread());
  EXPECT_FALSE(seen.first);
  EXPECT_STREQ(seen.name, "platform-test");
  sigset_t blocked_here;
  pthread_sigmask(SIG_SETMASK, nullptr, &blocked_here);
  for (const int signal : {SIGTERM, SIGUSR1, SIGCHLD, SIGPROF}) {
    EXPECT_EQ(sigismember(&seen.blocked, signal), 1);
    EXPECT_EQ(sigismember(&blocked_here, signal), 0);
  }
}

TEST_F(PlatformTest, FindsWhatALibraryHas) {
  EXPECT_EQ(FindSymbol("libc.so.6", "getpid"), reinterpret_cast<void*>(&getpid));
  EXPECT_EQ(FindSymbol("libc.so.6", "no_such_function"), nullptr);
  EXPECT_EQ(FindSymbol("libnever_loaded.so.1", "getpid"), nullptr);
}

TEST_F(PlatformTest, FilesCanBeMadeToFail) {
  GetSeams().fail_file = -1;
  EXPECT_EQ(MakeFile("/tmp/never_made"), FileResult::kRefused);
  EXPECT_EQ(MapFile("/proc/self/exe", 0, kPageBytes), nullptr);
}

TEST_F(PlatformTest, ASignalCallsItsHandlerEveryTime) {
  static std::atomic<int> calls{0};
  OnSignal(SIGUSR2, [](int) { ++calls; });
  raise(SIGUSR2);
  raise(SIGUSR2);
  EXPECT_EQ(calls, 2);
  OnSignal(SIGUSR2, SIG_DFL);
}

}  // namespace
}  // namespace hakmem::platform
