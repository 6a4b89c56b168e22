#include "l25/runs.h"

#include <errno.h>

#include <algorithm>
#include <cstdint>

#include "core/config.h"
#include "core/size_classes.h"
#include "l25/alloc_header.h"
#include "superslab/process.h"

namespace hakmem {
namespace {

// The most units that a kept run may have where `units` are needed.
constexpr size_t WithSlack(size_t units) { return units + units / 8; }

// From a run's start to its end as the caller sees it: whole pages. The header variant keeps the
// last byte, as in every slot (superslab/region_header.h).
size_t RunBytes(size_t size) {
  return RoundUp(kFirstBlock + std::max<size_t>(size, 1) + kSlotOverhead, kPageBytes);
}

// The heap of the calling thread; null when it has none (yet).
Heap* MyHeap() {
  Heap* const heap = thread_cache.heap;
  return HAK_LIKELY(heap != nullptr) ? heap : thread_cache.InUse().heap;
}

// Likewise; gives it one.
HAK_SLOW Heap* AttachHeap() {
  if (!process.EnsureInitialized()) return nullptr;
  if (MyHeap() == nullptr) thread_cache.InUse().Attach();
  // Attaching may allocate, and an observer take notice of the thread then.
  return MyHeap();
}

// A run of the superslab heap's; kNone when memory is exhausted.
size_t TakeUnits(size_t units, size_t alignment, bool* zeroed, SuperslabHeap::Gathering gathering,
                 size_t moved_to, bool* mixed) {
  if (!process.initialized()) return SuperslabHeap::kNone;
  const size_t align_units = std::max<size_t>(1, alignment / kUnitBytes);
  size_t u = process.superslabs.Allocate(units, align_units, zeroed, gathering, moved_to, mixed);
  // Not for what the whole heap would have no room for.
  if (u == SuperslabHeap::kNone && MyHeap() != nullptr &&
      units < process.superslabs.map().units()) {
    thread_cache.InUse().GiveAllBack();
    u = process.superslabs.Allocate(units, align_units, zeroed, gathering, moved_to, mixed);
  }
  process.PurgePool();
  return u;
}

}  // namespace

void* RunAllocate(size_t size, size_t alignment, bool* zeroed, SuperslabHeap::Gathering gathering,
                  size_t moved_to, bool* mixed) {
  *zeroed = false;
  if (mixed != nullptr) *mixed = false;
  if (HAK_LIKELY(size <= PTRDIFF_MAX - kUnitBytes && alignment <= PTRDIFF_MAX)) {
    const size_t bytes = RunBytes(size);
    size_t units = DivideUp(bytes, kUnitBytes);
    Heap* heap = MyHeap();
    if (HAK_UNLIKELY(heap == nullptr)) heap = AttachHeap();
    size_t u = SuperslabHeap::kNone;
    const bool may_be_kept =
        moved_to == 0 && units <= RunCache::kMostUnits && alignment <= kUnitBytes;
    if (may_be_kept && heap != nullptr) u = heap->TakeRun(&units, WithSlack(units));
    const bool kept = u != SuperslabHeap::kNone;
    if (!kept) u = TakeUnits(units, alignment, zeroed, gathering, moved_to, mixed);
    if (HAK_LIKELY(u != SuperslabHeap::kNone)) {
      if (!kept && !*zeroed) process.superslabs.PurgeTail(u, units, bytes);
      RunRecord(u)->Set(units, bytes);
      if (!kept) process.superslabs.map().Set(u, RegionMap::kRun);
      char* const block = RunBlock(u);
      if (config::kHeader) AllocHeader::Write(block, AllocHeader::Method::kRun, 0);
      return block;
    }
  }
  errno = ENOMEM;
  return nullptr;
}

void RunFree(size_t u, bool clean) {
  const size_t units = RunUnits(u);
  Heap* const heap = MyHeap();
  if (heap != nullptr && units <= RunCache::kMostUnits && !clean) return heap->KeepRun(u, units);
  if (heap != nullptr) heap->RunResized(units, 0);
  process.FreeRun(u, units, clean);
}

bool RunResize(size_t u, size_t size) {
  if (size > PTRDIFF_MAX - kUnitBytes) return false;
  Run* const run = RunRecord(u);
  const size_t bytes = RunBytes(size);
  size_t units = DivideUp(bytes, kUnitBytes);
  const size_t units_before = run->units();
  Heap* const heap = MyHeap();
  if (units > units_before) {
    // It may be a kept run that stands in the way.
    const bool extended = process.superslabs.Extend(u, units_before, units) ||
                          (heap != nullptr && heap->DropRun(u + units_before) &&
                           process.superslabs.Extend(u, units_before, units));
    if (!extended) return false;
  } else if (units_before <= RunCache::kMostUnits && units_before <= WithSlack(units)) {
    units = units_before;
  } else if (units < units_before) {
    process.superslabs.Free(u + units, units_before - units);
  }
  if (units != units_before) {
    if (heap != nullptr) heap->RunResized(units_before, units);
    process.PurgePool();
  }
  run->Set(units, bytes);
  return true;
}

}  // namespace hakmem
