// The process's heap, as tests of it see it.
#ifndef HAKMEM_SUPERSLAB_TEST_PROCESS_H_
#define HAKMEM_SUPERSLAB_TEST_PROCESS_H_

#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

#include "core/platform.h"
#include "core/platform_seams.h"
#include "superslab/process.h"

namespace hakmem {

// But for spare ones.
inline size_t UsedSlabs() {
  return process.superslabs.GetTotals().used_units / kUnitsPerSlab - process.spares.Count();
}

// From now on the clock stands still, at a time when the rounds of earlier tests are over; it never
// goes back.
inline void StopClock() {
  static uint64_t last_ms = platform::NowMs();
  last_ms += 1000 * SuperslabHeap::kPurgeRoundMs;
  platform::GetSeams().now_ms = last_ms;
}

// Whether `work`, in a child of this process, returns true. A deadlock ends the child.
template <typename Work>
bool InChild(Work&& work) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    _exit(work() ? 0 : 1);
  }
  int status = -1;
  return waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_TEST_PROCESS_H_
