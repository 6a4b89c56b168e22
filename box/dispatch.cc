#include "box/dispatch.h"

#include <errno.h>

#include <algorithm>
#include <cstring>

#include "box/block.h"
#include "core/report.h"
#include "core/step_counters.h"
#include "l25/alloc_header.h"
#include "l25/huge.h"
#include "l25/run_pool.h"

namespace hakmem {
namespace {

void FreeBlockOf(const Block& block) {
  if (block.kind == Block::Kind::kRun) return RunFree(block.unit);
  // Its header byte is missing where it was overwritten, or where the block was aligned inside.
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
  if (config::kHeader && block.kind != Block::Kind::kInvalid &&
      (block.kind == Block::Kind::kRun || block.start != p)) {
    step = Step::kFreeHeader;
  }
  process.steps.Add(step);
}

void* ReallocateByCopy(void* p, const Block& block, size_t size) {
  void* const moved = Allocate(size);
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, p, std::min(block.usable, size));
  FreeBlockOf(block);
  return moved;
}

// The smallest class from that of `size` on whose blocks are all multiples of `alignment`.
SizeClass AlignedClass(size_t alignment, size_t size) {
  const size_t at_least = std::max(size, alignment);
  SizeClass c = at_least <= kMaxTinyRequest ? TinyClass(at_least) : MidClass(at_least);
  while (kGeometry[c].stride % alignment != 0) ++c;  // ends: the powers of two are classes
  return c;
}

// Zeroes a block. A very large one had better get fresh pages from the kernel when it touches them:
// it may never touch most of them.
void Zero(void* p, size_t bytes) {
  if (bytes < kFreshPagesFrom || !RunMakeZero(p, bytes)) std::memset(p, 0, bytes);
}

}  // namespace

void* AllocateRun(size_t size) {
  bool zeroed;
  return RunAllocate(size, kMinAlignment, &zeroed);
}

void FreeSlow(void* p) {
  if (p == nullptr) return;
  const Block block = FindBlock(p);
  if (config::kStats) CountFree(block, p);
  if (HAK_UNLIKELY(block.kind == Block::Kind::kInvalid)) {
    return ReportBadPointer(process.settings.on_error, "free()", p, block.reason, block.box);
  }
  FreeBlockOf(block);
}

void* AllocateZeroed(size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = ENOMEM;
    return nullptr;
  }
  bool zeroed = false;
  void* const p =
      bytes <= kMaxMidRequest ? Allocate(bytes) : RunAllocate(bytes, kMinAlignment, &zeroed);
  if (p != nullptr && !zeroed) Zero(p, bytes);
  return p;
}

void* Reallocate(void* p, size_t size) {
  if (p == nullptr) return Allocate(size);
  if (size == 0) {
    Free(p);
    return nullptr;
  }
  const Block block = FindBlock(p);
  if (HAK_UNLIKELY(block.kind == Block::Kind::kInvalid)) {
    ReportBadPointer(process.settings.on_error, "realloc()", p, block.reason, block.box);
    return Allocate(size);
  }
  if (size <= block.usable && size >= block.usable / 2) return p;
  if (block.kind == Block::Kind::kRun && block.start == p && size > kMaxMidRequest) {
    if (RunResize(block.unit, size)) return p;
    if (size > block.usable && block.usable >= kMovePagesFrom) {
      void* const moved = HugeMove(block.unit, size);
      if (moved != nullptr) return moved;
    }
  }
  return ReallocateByCopy(p, block, size);
}

void* AllocateAligned(size_t alignment, size_t size) {
  if (alignment <= kMinAlignment) return Allocate(std::max(size, alignment));
  if (size > PTRDIFF_MAX || alignment > PTRDIFF_MAX) {
    errno = ENOMEM;
    return nullptr;
  }
  if constexpr (config::kHeader) {
    // No block of this variant is aligned to more than 16 by itself.
    char* const start = static_cast<char*>(Allocate(size + alignment + sizeof(AllocHeader)));
    if (start == nullptr) return nullptr;
    const uintptr_t first = reinterpret_cast<uintptr_t>(start) + sizeof(AllocHeader);
    char* const p = reinterpret_cast<char*>(RoundUp(first, alignment));
    AllocHeader::Write(p, AllocHeader::Method::kAligned, static_cast<uint64_t>(p - start));
    return p;
  }
  if (std::max(size, alignment) <= kMaxMidRequest) {
    return thread_cache.Pop(AlignedClass(alignment, size));
  }
  bool zeroed;
  return RunAllocate(size, alignment, &zeroed);
}

size_t UsableSize(const void* p) {
  if (p == nullptr) return 0;
  const Block block = FindBlock(p);
  if (block.kind == Block::Kind::kInvalid) {
    ReportBadPointer(process.settings.on_error, "malloc_usable_size()", p, block.reason, block.box);
  }
  return block.usable;
}

}  // namespace hakmem
