// What tests of the address space and of the superslab heap share: seams as they were, and heaps
// small enough for many of them to fit into one process.
#ifndef HAKMEM_SUPERSLAB_TEST_SPACE_H_
#define HAKMEM_SUPERSLAB_TEST_SPACE_H_

#include <gtest/gtest.h>

#include "core/platform.h"
#include "core/platform_seams.h"
#include "superslab/address_space.h"

namespace hakmem {

inline void ResetSeams() {
  platform::Seams& seams = platform::GetSeams();
  seams.fail_reserve = seams.fail_commit = seams.fail_purge = seams.fail_move = 0;
  seams.address_space_limit = 0;
  seams.now_ms = 1'000'000;  // time stands still unless a test moves it
  seams.committed_bytes = seams.purged_bytes = 0;
}

// How many sizes Init() tries to reserve before it falls back to the sparse mode.
inline int ReserveAttempts() {
  constexpr int kMany = 1000;
  std::atomic<int>& countdown = platform::GetSeams().fail_reserve;
  countdown = kMany;
  AddressSpace space;
  space.Init();
  const int attempts = kMany - countdown;
  countdown = 0;
  return attempts;
}

// Has the next Init() reserve no more than it must, four times the least size: the largest one is
// half of the process's address space.
inline void MakeNextInitSmall() {
  static const int attempts = ReserveAttempts();
  platform::GetSeams().fail_reserve = attempts - 3;
}

// Has the next Init() choose the sparse mode, with addresses for 1 GiB.
inline void MakeNextInitSparse() { platform::GetSeams().address_space_limit = size_t{512} << 20; }

// The end of a test: the memory of `space` goes back.
inline void Discard(const AddressSpace& space) {
  const RegionMap& map = space.map();
  if (map.units() > 0) platform::Unmap(map.UnitStart(0), map.units() * kUnitBytes);
}

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_TEST_SPACE_H_
