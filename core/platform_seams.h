// Fault injection for tests: what the test variant of the platform (core:platform_with_seams) lets
// a test decide. The shipped variant never reads it.
#ifndef HAKMEM_CORE_PLATFORM_SEAMS_H_
#define HAKMEM_CORE_PLATFORM_SEAMS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace hakmem::platform {

// Each `fail_*` counts down: 0 never fails, n > 0 fails the next n calls, -1 fails every call.
// Tests set them from one thread while others may allocate: hence atomics, relaxed because each
// is a switch of its own that orders nothing.
struct Seams {
  std::atomic<int> fail_reserve{0};            // Reserve
  std::atomic<int> fail_commit{0};             // Commit, MapAt and Map
  std::atomic<int> fail_purge{0};              // Purge and Refresh
  std::atomic<int> fail_move{0};               // MovePages
  std::atomic<int> fail_file{0};               // MakeFile and MapFile
  std::atomic<size_t> address_space_limit{0};  // what AddressSpaceLimit says; 0: the kernel's word
  std::atomic<uint64_t> now_ms{0};             // what NowMs says; 0: the real clock
  std::atomic<bool> privileged{false};         // what IsPrivileged says; false: the kernel's word
  std::atomic<void (*)()> during_purge{nullptr};  // called by Purge, unless null
  // What happened, for tests to read.
  std::atomic<size_t> committed_bytes{0};  // by Commit, MapAt and Map
  std::atomic<size_t> purged_bytes{0};     // by Purge
  std::atomic<size_t> waits{0};            // calls of Wait
};

Seams& GetSeams();

}  // namespace hakmem::platform

#endif  // HAKMEM_CORE_PLATFORM_SEAMS_H_
