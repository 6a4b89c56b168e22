// Everything hakmem asks of the operating system, in one place: address space, pages, waiting,
// time, the end of threads, files to write to. Linux implements it (platform_linux.cc).
//
// No function here throws or changes errno. ArmThreadExit, OnFork, FindSymbol and StartThread may
// have the C library allocate, which comes back into hakmem: their callers hold no lock and are
// ready for it. No other function allocates. All are thread-safe. Addresses and lengths are
// multiples of kPageBytes unless said otherwise. A false or a null return is the kernel's refusal,
// never fatal at this level.
#ifndef HAKMEM_CORE_PLATFORM_H_
#define HAKMEM_CORE_PLATFORM_H_

#include <sys/single_threaded.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace hakmem::platform {

// Address space without memory behind it (PROT_NONE: not charged to the commit limit, and
// untouchable). Core dumps leave it out: gdb's would be as long as it is. Null when refused.
void* Reserve(size_t bytes);
// Has core dumps include what was reserved, all of it, as one mapping with what is committed: of a
// process that has all the mappings it may, Commit() then asks for no further one.
void IncludeInCoreDumps(void* at, size_t bytes);

// Asks that huge pages never serve the range: the first touch of a small heap would cost 2 MiB
// where the system gives them to everybody. A wish: false when it is refused.
bool AvoidHugePages(void* at, size_t bytes);

// Puts zeroed memory behind pages that have none, which costs less than a page fault for each. A
// wish: false when it is refused, and the pages come one by one then.
bool Populate(void* at, size_t bytes);

// Whether the kernel gives so much at once: by its policy of overcommitting, as a rule no more than
// the machine has. What is reserved is not judged by that.
bool MayCommit(size_t bytes);
// Makes reserved pages readable and writable; they read as zero.
bool Commit(void* at, size_t bytes);

// Maps zeroed read-write pages at exactly `at`, unless something is mapped there already.
enum class MapResult { kMapped, kTaken, kRefused };
MapResult MapAt(void* at, size_t bytes);

// Maps zeroed read-write pages wherever the kernel likes. Null when refused.
void* Map(size_t bytes);

void Unmap(void* at, size_t bytes);

// Gives the pages' memory back; they stay mapped and read as zero from now on. False when the
// kernel refuses: then the contents are unchanged.
bool Purge(void* at, size_t bytes);

// Moves the pages of [from, from + bytes) to `to`, which is mapped and whose contents are lost;
// afterwards `from` is mapped and reads as zero. False when the kernel can't: nothing moved.
bool MovePages(void* from, void* to, size_t bytes);

// Replaces the mapping at `at` by a fresh zeroed one, so that a range once moved merges with its
// neighbours again (the kernel bounds the number of mappings).
bool Refresh(void* at, size_t bytes);

// How many pages of [at, at + bytes), of the first MiB at most, have memory behind them: mincore().
// All of them where the kernel does not say.
size_t ResidentPages(void* at, size_t bytes);

// Whether the page of `p` (any address) is mapped: mincore(). Costs a system call.
bool IsMapped(const void* p);
// Whether the page of `p` (any address) can be read, by a system call that copies 8 bytes from it
// and then refuses its other arguments: rt_sigprocmask(). Costs a sixth of what IsMapped() does.
bool IsReadable(const void* p);

// The least of RLIMIT_AS and RLIMIT_DATA, in bytes; SIZE_MAX without a limit. Both count what is
// mapped, touched or not.
size_t AddressSpaceLimit();

// A monotonic clock in milliseconds, exact to a few milliseconds.
uint64_t NowMs();

// Whether the calling thread is known to be the process's only one.
inline bool HasOneThread() { return __libc_single_threaded != 0; }

// Lets other threads run.
void Yield();

// Sleeps until `word` may differ from `expected`. May return for no reason.
void Wait(std::atomic<uint32_t>* word, uint32_t expected);
// Likewise, at most so many milliseconds.
void WaitFor(std::atomic<uint32_t>* word, uint32_t expected, uint64_t ms);
// Wakes one sleeper of `word`.
void WakeOne(std::atomic<uint32_t>* word);

// Starts a thread that gets no signals until run() returns, and that nobody waits for; false when
// the system makes none.
bool StartThread(void (*run)());
// Names the calling thread, for those who look at the process: at most 15 characters.
void NameThread(const char* name);
// Whether the calling thread is the process's first one.
bool IsFirstThread();

// The address of `symbol` in a shared library that is loaded; null when it is not, or has none. The
// C library may allocate for that.
void* FindSymbol(const char* library, const char* symbol);

// A hook that runs when a thread ends; 0: none, and ArmThreadExit() does nothing.
using ThreadExitKey = unsigned;
// Makes a hook: `at_exit` will be called in every thread that called ArmThreadExit(), when it ends.
// False, and `*key` is as it was, when the system has no slot left.
bool MakeThreadExit(void (*at_exit)(void*), ThreadExitKey* key);
void ArmThreadExit(ThreadExitKey key);

// Has the three functions called around every fork().
void OnFork(void (*prepare)(), void (*parent)(), void (*child)());
// The C library's lock of all streams, which it takes itself for a fork, after prepare(), and which
// is free again in the child. Who holds it may allocate: where streams to memory are flushed. So
// prepare() takes it before any lock of ours, and parent() gives it back. May be held repeatedly.
void LockStreams();
void UnlockStreams();

// ---------------------------------------------------------------- observation

// A monotonic clock in nanoseconds.
uint64_t NowNs();

// Whether the process has privileges that its caller lacks (as setuid programs do): then the
// environment is the caller's, and not to be trusted.
bool IsPrivileged();

uint32_t ProcessId();
uint32_t ParentProcessId();
// How the program was called, without directories. Never null.
const char* ProgramName();

// The absolute name of the current directory; false when it has none, or one longer than that.
bool CurrentDirectory(char* buffer, size_t capacity);

// Makes an empty file, for its owner alone; never touches one that exists.
enum class FileResult { kMade, kExists, kRefused };
FileResult MakeFile(const char* path);

// Maps the bytes from `offset` on of a file, which grows to that length, so that what is written to
// them is the file's at once, whatever becomes of the process. Null when refused, as on a full
// disk. Keeps no file descriptor: a program may close those that it does not know.
void* MapFile(const char* path, size_t offset, size_t bytes);

// Has `handler` called whenever the signal comes.
void OnSignal(int signal, void (*handler)(int));

// Writes to a file descriptor, all of it or until an error. Async-signal-safe.
void Write(int fd, const char* text, size_t length);

[[noreturn]] void Abort();

}  // namespace hakmem::platform

#endif  // HAKMEM_CORE_PLATFORM_H_
