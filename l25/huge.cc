#include "l25/huge.h"

#include "l25/alloc_header.h"
#include "l25/run_pool.h"
#include "superslab/process.h"

namespace hakmem {

void* HugeMove(size_t u, size_t size) {
  bool zeroed;
  void* const block = RunAllocate(size, kMinAlignment, &zeroed);
  if (block == nullptr) return nullptr;
  const size_t to = process.superslabs.map().UnitOf(block);
  if (!process.superslabs.Move(u, to, RunUnits(u))) {
    RunFree(to);
    return nullptr;
  }
  // The old run's header came along.
  if (config::kHeader) AllocHeader::Write(block, AllocHeader::Method::kRun, size);
  RunFree(u, /*clean=*/true);
  return block;
}

}  // namespace hakmem
