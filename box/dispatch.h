// The way of a block in and out: which box serves a request, and which takes a pointer back.
//
//   Allocate(size)
//     <= 1024     TinyAllocate  -> ThreadCache::Pop     hit
//     <= 32 KiB   MidAllocate   -> ThreadCache::Pop     hit
//                                    `- Refill -> Heap::Take -> a slab's free list, or Carve
//                                                   `- the pool, or SuperslabHeap::Allocate
//                 (calloc: MidAllocateZeroed -> PopZeroed, which leaves what is zero alone)
//     larger      RunAllocate   -> SuperslabHeap::Allocate
//
//   Free(p)                        map variant              header variant
//     step 1  the class is known   by the region map        by the byte before p
//                -> ThreadCache::Push                       hit
//                     `- PushSlow -> own slab; LookAndPush -> the pool, or remote free
//     step 2  AllocHeader          -                        aligned blocks
//     step 3  superslab lookup     (is step 1)              tiny, its header byte overwritten
//     step 4  region map           runs                     mid, likewise; runs
//     step 5  refuse               one line on stderr, abort or leak
#ifndef HAKMEM_BOX_DISPATCH_H_
#define HAKMEM_BOX_DISPATCH_H_

#include <cstddef>
#include <cstdint>

#include "core/call.h"
#include "core/compiler.h"
#include "core/config.h"
#include "core/size_classes.h"
#include "mid/mid.h"
#include "superslab/process.h"
#include "superslab/region_header.h"
#include "tiny/header_guard.h"
#include "tiny/tiny.h"

namespace hakmem {

// A run: for requests above kMaxMidRequest bytes, or aligned to more. Null and ENOMEM when that
// can't be.
HAK_NOINLINE void* AllocateRun(Request request);
// NULL, runs, and whatever step 1 does not know.
HAK_NOINLINE void FreeSlow(void* p, Call call);

// A block of `size` bytes for `request`, which may be for less; null and ENOMEM when that can't be.
HAK_INLINE void* AllocateFor(Request request, size_t size) {
  if (HAK_LIKELY(size <= kMaxTinyRequest)) return TinyAllocate(size, request);
  if (HAK_LIKELY(size <= kMaxMidRequest)) return MidAllocate(size, request);
  return AllocateRun(request);
}
HAK_INLINE void* Allocate(size_t size, Call call = Call::kMalloc) {
  return AllocateFor({.size = size, .call = call}, size);
}

// Step 1: whether the class of the block at `p` can be told at once, and which it is.
HAK_INLINE bool TellClass(const void* p, SizeClass* c) {
  const RegionMap& map = process.superslabs.map();
  if constexpr (config::kHeader) {
    if (!MayReadHeader<config::kHeaderGuard>(map, p)) return false;
    *c = ReadRegionHeader(p);
  } else {
    *c = map.Lookup(p);
  }
  return IsWholeStrides(*c, static_cast<uint16_t>(reinterpret_cast<uintptr_t>(p)));
}

// Takes block `p` back; NULL does nothing.
HAK_INLINE void Free(void* p, Call call = Call::kFree) {
  SizeClass c;
  if (HAK_UNLIKELY(!TellClass(p, &c))) return FreeSlow(p, call);
  process.steps.Add(Step::kFreeCache);
  thread_cache.Push(p, c, call);
}

// The rest of the family; each with the contract of its hak_* counterpart (box/hakmem.h).
void* AllocateZeroed(size_t count, size_t size);
HAK_NOINLINE void* ReallocateBlock(void* p, size_t size);
HAK_INLINE void* Reallocate(void* p, size_t size) {
  if (p == nullptr) return Allocate(size, Call::kRealloc);
  return ReallocateBlock(p, size);
}
// `alignment` is a power of two; null and ENOMEM when that can't be.
void* AllocateAligned(size_t alignment, size_t size, Call call = Call::kAligned);
size_t UsableSize(const void* p);

}  // namespace hakmem

#endif  // HAKMEM_BOX_DISPATCH_H_
