// The process's heap, as tests of it see it.
#ifndef HAKMEM_SUPERSLAB_TEST_PROCESS_H_
#define HAKMEM_SUPERSLAB_TEST_PROCESS_H_

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

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_TEST_PROCESS_H_
