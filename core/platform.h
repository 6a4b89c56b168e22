// Everything hakmem asks of the operating system, in one place: address space, pages, waiting,
// time, and the end of threads. Linux implements it (platform_linux.cc).
//
// No function here allocates, throws or changes errno. All are thread-safe. Addresses and lengths
// are multiples of kPageBytes unless said otherwise. A false or a null return is the kernel's
// refusal; it is never fatal at this level.
#ifndef HAKMEM_CORE_PLATFORM_H_
#define HAKMEM_CORE_PLATFORM_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace hakmem::platform {

// Address space without memory behind it (PROT_NONE: not charged to the commit limit, and
// untouchable). Null when refused.
void* Reserve(size_t bytes);

// Asks that huge pages never serve the range: the first touch of a small heap would cost 2 MiB
// where the system gives them to everybody. A wish: refusal does not matter.
void AvoidHugePages(void* at, size_t bytes);

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

// Whether the page of `p` (any address) is mapped: mincore(). Costs a system call.
bool IsMapped(const void* p);

// The least of RLIMIT_AS and RLIMIT_DATA, in bytes; SIZE_MAX without a limit. Both count what is
// mapped, touched or not.
size_t AddressSpaceLimit();

// A monotonic clock in milliseconds, exact to a few milliseconds.
uint64_t NowMs();

// Sleeps until `word` may differ from `expected`. May return for no reason.
void Wait(std::atomic<uint32_t>* word, uint32_t expected);
// Wakes one sleeper of `word`.
void WakeOne(std::atomic<uint32_t>* word);

// A hook that runs when a thread ends.
using ThreadExitKey = unsigned;
// Makes a hook: `at_exit` will be called in every thread that called ArmThreadExit(), when it ends.
// False when the system has no slot left.
bool MakeThreadExit(void (*at_exit)(void*), ThreadExitKey* key);
void ArmThreadExit(ThreadExitKey key);

// Has the three functions called around every fork().
void OnFork(void (*prepare)(), void (*parent)(), void (*child)());

// Writes to a file descriptor, all of it or until an error. Async-signal-safe.
void Write(int fd, const char* text, size_t length);

[[noreturn]] void Abort();

}  // namespace hakmem::platform

#endif  // HAKMEM_CORE_PLATFORM_H_
