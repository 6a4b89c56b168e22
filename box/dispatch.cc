#include "box/dispatch.h"

#include <errno.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>

#include "box/block.h"
#include "core/report.h"
#include "core/step_counters.h"
#include "l25/alloc_header.h"
#include "l25/run_pages.h"
#include "l25/runs.h"

namespace hakmem {
namespace {

HAK_SLOW void TellObserver(Request request, const void* p, const void* old_address) {
  if (request.call == Call::kNone) return;
  const size_t usable = p == nullptr || IsFree(request.call) ? 0 : FindBlock(p).usable;
  process.observer()->Record(
      {.request = request, .address = p, .old_address = old_address, .usable = usable});
}

// Tells the observer, if there is one, of a call that the thread cache does not tell it of: that
// `request` is served by `p` (null: not served) and, in a realloc, what block there was.
HAK_INLINE void Observe(Request request, const void* p, const void* old_address = nullptr) {
  if (HAK_UNLIKELY(process.observer() != nullptr)) TellObserver(request, p, old_address);
}

HAK_INLINE void* NewRun(Request request, bool* zeroed, SuperslabHeap::Gathering gathering,
                        bool* mixed = nullptr) {
  process.steps.Add(Step::kMallocRun);
  const size_t alignment = std::max(kMinAlignment, size_t{1} << request.alignment_log2);
  void* const p = RunAllocate(request.size, alignment, zeroed, gathering, 0, mixed);
  Observe(request, p);
  return p;
}

// Step 5: `p`, which was looked up, is not a block.
void Refuse(std::string_view call, const void* p, const Block& block) {
  ReportBadPointer(process.settings.on_error, call, p, block.reason, block.box);
}

// Gives a block back that was looked up; `clean`: its pages are gone.
HAK_INLINE void ReturnBlock(const Block& block, bool clean = false) {
  if (block.kind == Block::Kind::kRun) return RunFree(block.unit, clean);
  // Its header byte may have been overwritten.
  WriteRegionHeader(block.start, block.size_class);
  thread_cache.Push(block.start, block.size_class);
}

// Counts the step that served a block which step 1 did not know.
void CountFree(const Block& block, const void* p) {
  Step step = Step::kFreeRefused;
  if (block.kind == Block::Kind::kRun) step = Step::kFreeRun;
  if (block.kind == Block::Kind::kSlab) {
    step = block.size_class < kTinyEnd ? Step::kFreeSlab : Step::kFreeMid;
  }
  if (config::kHeader && block.kind == Block::Kind::kSlab && block.start != p) {
    step = Step::kFreeHeader;
  }
  process.steps.Add(step);
}

bool MayResizeRun(const Block& block, const void* p, size_t size) {
  return block.kind == Block::Kind::kRun && block.start == p && size > kMaxMidRequest;
}

// Whether a block may stay where it is for `size` bytes: not when half of it would be wasted.
bool FitsInPlace(size_t usable, size_t size) { return size <= usable && size >= usable / 2; }

// Whether block `p` can have `size` bytes where it is, which it has then. Where it is long, what is
// too much goes back however short that is in comparison.
bool ReallocateInPlace(const Block& block, const void* p, size_t size) {
  constexpr size_t kMuch = 1024 * 1024;
  const bool fits = FitsInPlace(block.usable, size);
  if (fits && block.usable - size < kMuch) return true;
  return (MayResizeRun(block, p, size) && RunResize(block.unit, size)) || fits;
}

// A block of `size` bytes with what the `usable` bytes at `p` hold. When memory is exhausted, `p`,
// if that has so many, or null.
void* AllocateCopy(void* p, size_t usable, size_t size) {
  void* const copy = Allocate(size, Call::kNone);
  if (copy == nullptr) return size <= usable ? p : nullptr;
  std::memcpy(copy, p, std::min(usable, size));
  return copy;
}

// Likewise, of block `p`, which is left to free, `*clean` if its pages went along.
void* ReallocateElsewhere(const Block& block, void* p, size_t size, bool* clean) {
  *clean = false;
  if (MayResizeRun(block, p, size) && size > block.usable && block.usable >= kMovePagesFrom) {
    void* const moved = RunMovePages(block.unit, size, clean);
    if (moved != nullptr) {
      process.steps.Add(Step::kMallocRun);
      return moved;
    }
  }
  return AllocateCopy(p, block.usable, size);
}

// The smallest class from that of `size` on whose blocks are all multiples of `alignment`.
SizeClass AlignedClass(size_t alignment, size_t size) {
  const size_t at_least = std::max(size, alignment);
  SizeClass c = at_least <= kMaxTinyRequest ? TinyClass(at_least) : MidClass(at_least);
  // Ends: from 256 on the powers of two are classes whose first block is at 0.
  while ((kGeometry[c].stride | kGeometry[c].first_block) % alignment != 0) ++c;
  return c;
}

// A realloc of what step 1 does not know.
HAK_NOINLINE void* ReallocateLookedUp(void* p, size_t size) {
  const Block block = FindBlock(p);
  if (HAK_UNLIKELY(block.kind == Block::Kind::kInvalid)) {
    Refuse("realloc()", p, block);
    return Allocate(size, Call::kRealloc);
  }
  const Request request = {.size = size, .call = Call::kRealloc};
  if (ReallocateInPlace(block, p, size)) {
    Observe(request, p, p);
    return p;
  }
  bool clean;
  void* const moved = ReallocateElsewhere(block, p, size, &clean);
  Observe(request, moved, p);  // before the old block can be anybody else's
  if (moved == nullptr || moved == p) return moved;
  if (config::kStats) CountFree(block, p);
  ReturnBlock(block, clean);
  return moved;
}

}  // namespace

void* AllocateRun(Request request) {
  bool zeroed;
  return NewRun(request, &zeroed, SuperslabHeap::Gathering::kAny);
}

void FreeSlow(void* p, Call call) {
  if (p == nullptr) return;
  const Block block = FindBlock(p);
  if (config::kStats) CountFree(block, p);
  if (HAK_UNLIKELY(block.kind == Block::Kind::kInvalid)) {
    return Refuse("free()", p, block);
  }
  Observe({.call = call}, p);
  ReturnBlock(block);
}

void* AllocateZeroed(size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = ENOMEM;
    return nullptr;
  }
  const Request request = {.size = bytes, .call = Call::kCalloc};
  if (bytes > kMaxMidRequest) {
    bool zeroed;
    bool mixed;
    void* const p = NewRun(request, &zeroed, SuperslabHeap::Gathering::kAll, &mixed);
    if (p != nullptr && !zeroed) RunZero(p, bytes, mixed);
    return p;
  }
  if (bytes > kMaxTinyRequest) return MidAllocateZeroed(bytes, request);
  void* const p = TinyAllocate(bytes, request);
  if (p != nullptr) std::memset(p, 0, bytes);
  return p;
}

void* ReallocateBlock(void* p, size_t size) {
  if (size == 0) {
    Free(p);
    return nullptr;
  }
  SizeClass c;
  if (HAK_UNLIKELY(!TellClass(p, &c))) return ReallocateLookedUp(p, size);
  const size_t usable = UsableBytes(c);
  const Request request = {.size = size, .call = Call::kRealloc};
  if (FitsInPlace(usable, size)) {
    Observe(request, p, p);
    return p;
  }
  void* const moved = AllocateCopy(p, usable, size);
  Observe(request, moved, p);  // before the old block can be anybody else's
  if (moved == nullptr || moved == p) return moved;
  process.steps.Add(Step::kFreeCache);
  thread_cache.Push(p, c);
  return moved;
}

void* AllocateAligned(size_t alignment, size_t size, Call call) {
  // Made only where it is needed, off the hit path.
  const auto request = [alignment, size, call] {
    return Request{size, call, static_cast<uint8_t>(std::countr_zero(alignment))};
  };
  if (alignment <= kMinAlignment) return AllocateFor(request(), std::max(size, alignment));
  if (size > PTRDIFF_MAX || alignment > PTRDIFF_MAX) {
    errno = ENOMEM;
    return nullptr;
  }
  if constexpr (config::kHeader) {
    // No block of this variant is aligned to more than 16 by itself.
    char* const start =
        static_cast<char*>(Allocate(size + alignment + sizeof(AllocHeader), Call::kNone));
    if (start == nullptr) return nullptr;
    const uintptr_t first = reinterpret_cast<uintptr_t>(start) + sizeof(AllocHeader);
    char* const p = reinterpret_cast<char*>(RoundUp(first, alignment));
    AllocHeader::Write(p, AllocHeader::Method::kAligned, static_cast<uint64_t>(p - start));
    Observe(request(), p);
    return p;
  }
  if (std::max(size, alignment) <= kMaxMidRequest) {
    process.steps.Add(Step::kMallocCache);
    return thread_cache.Pop(AlignedClass(alignment, size), request());
  }
  return AllocateRun(request());
}

size_t UsableSize(const void* p) {
  if (p == nullptr) return 0;
  const Block block = FindBlock(p);
  if (block.kind == Block::Kind::kInvalid) {
    Refuse("malloc_usable_size()", p, block);
  }
  return block.usable;
}

}  // namespace hakmem
