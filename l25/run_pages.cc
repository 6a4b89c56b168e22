#include "l25/run_pages.h"

#include <cstdint>
#include <cstring>

#include "core/platform.h"
#include "l25/alloc_header.h"
#include "l25/run_pool.h"
#include "superslab/process.h"

namespace hakmem {

bool RunPurgeToZero(void* p, size_t bytes) {
  // The header variant's block starts within its first page.
  char* const start = static_cast<char*>(p);
  char* const pages = reinterpret_cast<char*>(RoundUp(reinterpret_cast<uintptr_t>(p), kPageBytes));
  const size_t head = static_cast<size_t>(pages - start);
  if (!platform::Purge(pages, RoundUp(bytes - head, kPageBytes))) return false;
  std::memset(p, 0, head);
  return true;
}

void* RunMovePages(size_t u, size_t size) {
  bool zeroed;
  void* const block = RunAllocate(size, kMinAlignment, &zeroed, SuperslabHeap::Gathering::kNone);
  if (block == nullptr) return nullptr;
  const size_t to = process.superslabs.map().UnitOf(block);
  if (!process.superslabs.Move(u, to, RunUnits(u))) {
    RunFree(to);
    return nullptr;
  }
  // The old run's header came along.
  if (config::kHeader) AllocHeader::Write(block, AllocHeader::Method::kRun, 0);
  return block;
}

}  // namespace hakmem
