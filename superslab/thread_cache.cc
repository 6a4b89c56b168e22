#include "superslab/thread_cache.h"

#include <errno.h>

#include <algorithm>
#include <array>

#include "superslab/heap.h"
#include "superslab/observer.h"
#include "superslab/process.h"

namespace hakmem {
namespace {

// Bytes that a list may hold. Larger lists save trips to the slabs in streams of allocations or
// frees; smaller ones leave less memory unused. See "What was measured" in docs/design.md.
constexpr size_t kListBytes = 256 * 1024;
constexpr uint32_t kLeastBlocks = 32;

constexpr std::array<uint16_t, kNumClasses> MakeLimits() {
  std::array<uint16_t, kNumClasses> limits{};
  for (SizeClass c = 1; c < kNumClasses; ++c) {
    const size_t blocks = kListBytes / kGeometry[c].stride;
    limits[c] = static_cast<uint16_t>(std::max<size_t>(kLeastBlocks, blocks));
  }
  return limits;
}
constexpr auto kLimits = MakeLimits();

}  // namespace

void* ThreadCache::Refill(SizeClass c, Request request) {
  Observer* const observer = process.observer();
  if (HAK_UNLIKELY(observer != nullptr) && this == &thread_cache) return observer->Pop(c, request);
  process.steps.Add(Step::kMallocRefill);
  FreeBlock* first = nullptr;
  if (HAK_LIKELY(heap != nullptr || Attach(nullptr))) {
    if (heap->parent != nullptr) heap = process.heaps.Succeed(heap);
    const Chain chain = heap->Take(c, kLimits[c] / 2);
    first = chain.head;
    if (first != nullptr) {
      head[c] = first->next;
      // A slab's list may be longer than the limit: then the next free looks at it.
      room[c] = static_cast<uint16_t>(chain.count < kLimits[c] ? kLimits[c] - chain.count : 0);
    }
  } else if (process.EnsureInitialized()) {
    first = process.heaps.TakeOne(c);
  }
  if (first == nullptr) errno = ENOMEM;
  return first;
}

void ThreadCache::PushSlow(void* p, SizeClass c, Call call) {
  room[c] = 0;  // it wrapped around
  Observer* const observer = process.observer();
  if (HAK_UNLIKELY(observer != nullptr) && this == &thread_cache) return observer->Push(p, c, call);
  process.steps.Add(Step::kFreeFlush);
  FreeBlock* const b = static_cast<FreeBlock*>(p);
  if (HAK_UNLIKELY(heap == nullptr && !Attach(b))) return process.heaps.GiveOne(c, b);

  const bool several = process.heaps.heaps() > 1;
  if (several) SendForeignHome(c);

  // Half of a full list goes home: the blocks freed last, whose lines are warm. A thread that only
  // frees has no use for a list, which only keeps slabs from emptying: it gathers few, while they
  // are warm, and keeps none.
  const bool only_frees = heap->OnlyFrees(c);
  const uint32_t limit = only_frees ? std::max(kLeastBlocks, kLimits[c] / 16u) : kLimits[c];
  // The most that goes home. At least half the limit must be on the list for that: otherwise there
  // is room for so many frees that a look costs each of them two steps at most.
  const uint32_t most = only_frees ? kLimits[c] : limit / 2;
  FreeBlock* last = head[c];
  uint32_t length = last == nullptr ? 0 : 1;
  while (length < most && last != nullptr && last->next != nullptr) {
    last = last->next;
    ++length;
  }
  if (length < limit / 2) {
    room[c] = static_cast<uint16_t>(limit - length);
  } else {
    FreeBlock* const rest = last->next;
    heap->Give(c, head[c], length);
    heap->SetOnlyFrees(c);
    head[c] = rest;
    room[c] = static_cast<uint16_t>(only_frees ? limit : limit / 2);
  }
  if (several && heap->IsForeign(b)) return heap->Give(c, b, 1);
  Push(p, c);
}

uint32_t ThreadCache::Length(SizeClass c) const {
  uint32_t length = 0;
  for (const FreeBlock* b = head[c]; b != nullptr; b = b->next) ++length;
  return length;
}

void ThreadCache::FlushAll() {
  for (SizeClass c = 1; c < kNumClasses; ++c) {
    FreeBlock* const list = head[c];
    room[c] = 0;
    if (list == nullptr) continue;
    const uint32_t length = Length(c);
    head[c] = nullptr;
    heap->Give(c, list, length);
  }
}

ThreadCache& ThreadCache::InUse() { return observed == nullptr ? *this : observed->cache; }

void ThreadCache::SendForeignHome(SizeClass c) {
  constexpr uint32_t kSample = 32;  // if none of so many is foreign, the others are taken not to be
  FreeBlock* foreign = nullptr;
  uint32_t foreign_count = 0;
  uint32_t looked_at = 0;
  for (FreeBlock** link = &head[c]; *link != nullptr && looked_at < kLimits[c] / 2u; ++looked_at) {
    if (looked_at == kSample && foreign == nullptr) return;
    FreeBlock* const b = *link;
    if (!heap->IsForeign(b)) {
      link = &b->next;
      continue;
    }
    *link = b->next;
    b->next = foreign;
    foreign = b;
    ++foreign_count;
  }
  if (foreign != nullptr) heap->Give(c, foreign, foreign_count);
}

bool ThreadCache::Attach(const FreeBlock* freed) {
  if (detached || !process.EnsureInitialized()) return false;
  heap = process.heaps.Activate(freed == nullptr ? nullptr : Heap::HomeOf(freed));
  if (heap == nullptr) return false;
  // May allocate, which finds a heap by now.
  platform::ArmThreadExit(process.thread_exit);
  return true;
}

void ThreadCache::ThreadExit() {
  if (!exiting) {
    exiting = true;
    platform::ArmThreadExit(process.thread_exit);
    return;
  }
  detached = true;
  ThreadCache& cache = InUse();
  if (cache.heap != nullptr) {
    cache.FlushAll();
    process.heaps.Retire(cache.heap);
    cache.heap = nullptr;
  }
  if (observed != nullptr) process.observer()->Leave();
}

}  // namespace hakmem
