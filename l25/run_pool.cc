#include "l25/run_pool.h"

#include <errno.h>

#include <algorithm>
#include <cstdint>

#include "core/config.h"
#include "core/size_classes.h"
#include "l25/alloc_header.h"
#include "superslab/process.h"

namespace hakmem {
namespace {

// From a run's start to its end as the caller sees it: whole pages. The header variant keeps the
// last byte, as in every slot (superslab/region_header.h).
size_t RunBytes(size_t size) {
  return RoundUp(kFirstBlock + std::max<size_t>(size, 1) + kSlotOverhead, kPageBytes);
}
size_t UnitsFor(size_t bytes) { return (bytes + kUnitBytes - 1) / kUnitBytes; }

Run* RecordOf(size_t u) { return process.superslabs.space().run(u); }
char* BlockOf(size_t u) { return process.superslabs.map().UnitStart(u) + kFirstBlock; }

Heap* MyHeap() { return thread_cache.InUse().heap; }

// A run of `units` units that the calling thread keeps; kNone when there is none.
size_t TakeKept(size_t units, size_t alignment) {
  if (units > RunCache::kMostUnits || alignment > 1) return SuperslabHeap::kNone;
  if (HAK_UNLIKELY(MyHeap() == nullptr)) thread_cache.InUse().Attach(nullptr);
  // Attaching may allocate, and an observer take notice of the thread then.
  Heap* const heap = MyHeap();
  return heap == nullptr ? SuperslabHeap::kNone : heap->TakeRun(units);
}

// Units for a run; kNone when memory is exhausted.
size_t TakeUnits(size_t units, size_t alignment, bool* zeroed, SuperslabHeap::Gathering gathering) {
  size_t u = process.superslabs.Allocate(units, alignment, zeroed, gathering);
  Heap* const heap = MyHeap();
  if (u == SuperslabHeap::kNone && heap != nullptr) {
    heap->ReleaseEmpty();
    u = process.superslabs.Allocate(units, alignment, zeroed, gathering);
  }
  process.PurgePool();
  return u;
}

}  // namespace

void* RunAllocate(size_t size, size_t alignment, bool* zeroed, SuperslabHeap::Gathering gathering) {
  const size_t align_units = alignment <= kUnitBytes ? 1 : alignment / kUnitBytes;
  if (size <= PTRDIFF_MAX - kUnitBytes && alignment <= PTRDIFF_MAX && process.EnsureInitialized()) {
    const size_t bytes = RunBytes(size);
    const size_t units = UnitsFor(bytes);
    *zeroed = false;
    size_t u = TakeKept(units, align_units);
    const bool kept = u != SuperslabHeap::kNone;
    if (!kept) u = TakeUnits(units, align_units, zeroed, gathering);
    if (u != SuperslabHeap::kNone) {
      RecordOf(u)->Set(units, bytes);
      if (!kept) process.superslabs.map().Set(u, RegionMap::kRun);
      char* const block = BlockOf(u);
      if (config::kHeader) AllocHeader::Write(block, AllocHeader::Method::kRun, size);
      return block;
    }
  }
  errno = ENOMEM;
  return nullptr;
}

bool IsRunBlock(size_t u, const void* p) { return p == BlockOf(u); }

bool IsRunLive(size_t u) { return RecordOf(u)->bytes() != 0; }

void RunFree(size_t u, bool clean) {
  const size_t units = RecordOf(u)->units();
  Heap* const heap = MyHeap();
  if (heap != nullptr && units <= RunCache::kMostUnits && !clean) {
    RecordOf(u)->Set(units, 0);
    return heap->KeepRun(u, units);
  }
  process.superslabs.map().Set(u, kNoClass);
  process.superslabs.Free(u, units, clean);
  process.PurgePool();
}

bool RunResize(size_t u, size_t size) {
  if (size > PTRDIFF_MAX - kUnitBytes) return false;
  Run* const run = RecordOf(u);
  const size_t bytes = RunBytes(size);
  const size_t units = UnitsFor(bytes);
  const size_t units_before = run->units();
  if (units > units_before) {
    Heap* const heap = MyHeap();
    // It may be a kept run that stands in the way.
    const bool extended = process.superslabs.Extend(u, units_before, units) ||
                          (heap != nullptr && heap->DropRun(u + units_before) &&
                           process.superslabs.Extend(u, units_before, units));
    if (!extended) return false;
  } else if (units < units_before) {
    process.superslabs.Free(u + units, units_before - units);
  }
  if (units != units_before) process.PurgePool();
  run->Set(units, bytes);
  return true;
}

size_t RunUsableBytes(size_t u) { return RecordOf(u)->bytes() - kFirstBlock - kSlotOverhead; }

size_t RunUnits(size_t u) { return RecordOf(u)->units(); }

}  // namespace hakmem
