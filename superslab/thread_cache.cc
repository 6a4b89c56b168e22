#include "superslab/thread_cache.h"

#include <errno.h>

#include <algorithm>
#include <cstring>

#include "core/report.h"
#include "superslab/heap.h"
#include "superslab/observer.h"
#include "superslab/process.h"

namespace hakmem {
namespace {

// One of so many frees that go past lists counts for its class: no class escapes a prime number.
constexpr uint16_t kPassesPerSample = 1021;
// How many samples a list stays, which is full: while about 1 MiB goes past it, or at least one.
constexpr uint8_t Stay(SizeClass c) {
  return static_cast<uint8_t>(1024 * 1024 / kGeometry[c].stride / kPassesPerSample + 1);
}
static_assert(1024 * 1024 / 8 / kPassesPerSample < UINT8_MAX);

// So many blocks as are `bytes`, but a few in any case.
constexpr uint32_t BlocksIn(SizeClass c, uint32_t bytes, uint32_t least) {
  return std::max<uint32_t>(least, bytes / kGeometry[c].stride);
}

// Blocks that are gathered where a thread only frees: few, as they are of use to nobody meanwhile,
// and more where much goes home.
constexpr uint32_t Gathered(SizeClass c, bool much) {
  return much ? BlocksIn(c, 16 * 1024, 8) : BlocksIn(c, 2 * 1024, 4);
}
// Likewise where its heap is lean.
constexpr uint32_t GatheredLean(SizeClass c) { return BlocksIn(c, 8 * 1024, 4); }

// With so many frees a thread that never allocated gets a heap.
constexpr uint16_t kFreesBeforeHeap = 16;

// Blocks that a list gets at first, and after it went home: its thread may want few, and a slab's
// whole list, taken at once, would have to go home block by block.
constexpr uint32_t kFirstBlocks = 16;

}  // namespace

void* ThreadCache::PopZeroed(SizeClass c, size_t size, Request request) {
  bool zeroed = false;
  void* const p = head[c] == nullptr ? Refill(c, request, &zeroed) : Pop(c, request);
  if (p != nullptr) std::memset(p, 0, zeroed ? sizeof(FreeBlock) : size);
  return p;
}

void* ThreadCache::Refill(SizeClass c, Request request, bool* zeroed) {
  Observer* const observer = process.observer();
  if (HAK_UNLIKELY(observer != nullptr) && this == &thread_cache) return observer->Pop(c, request);
  process.steps.Add(Step::kMallocRefill);
  FreeBlock* first = nullptr;
  if (HAK_LIKELY(heap != nullptr || Attach())) {
    if (heap->parent != nullptr) heap = process.heaps.Succeed(heap);
    FlushIdle(c);
    ListLimits& limits = heap->list_limits();
    const bool at_first = heap->budget(c) == 0;
    Chain chain = heap->Take(c, at_first ? kFirstBlocks : limits.Get(c) / 2);
    if (HAK_UNLIKELY(chain.head == nullptr)) {
      GiveAllBack();
      chain = heap->Take(c, kFirstBlocks);
    }
    first = chain.head;
    if (zeroed != nullptr) *zeroed = chain.zeroed;
    if (first != nullptr) {
      // Was full, did not go home, and is used up.
      if (passing.Has(c) && !at_first) limits.Grow(c);
      head[c] = first->next;
      passing.Remove(c);
      const uint32_t length = chain.count - 1;
      SetRoom(c, length, heap->IsLean() ? length + GatheredLean(c) : limits.Get(c));
    }
  } else if (process.EnsureInitialized()) {
    first = process.heaps.TakeOne(c);
  }
  if (first == nullptr) errno = ENOMEM;
  return first;
}

void ThreadCache::PushSlow(void* p, SizeClass c, Call call, ThreadCache* cache) {
  FreeBlock* const b = static_cast<FreeBlock*>(p);
  const AddressSpace& space = process.superslabs.space();
  if (cache->passing.Has(c) && --cache->passes_left != 0 &&
      space.SlabOf(b)->PutOne(cache->heap, b, space.MarksOf(b))) {
    return;
  }
  LookAndPushFor(p, c, call, cache);
}

void ThreadCache::LookAndPushFor(void* p, SizeClass c, Call call, ThreadCache* cache) {
  cache->LookAndPush(p, c, call);
}

// Frees go past a list that is full, each block straight to its slab. When enough of them went
// past, the thread has no use for the list, which only keeps slabs from emptying: it goes home, and
// whatever frees follow pass. From then on, where blocks of other heaps come, a few at a time are
// gathered, and go home while their lines are warm.
void ThreadCache::LookAndPush(void* p, SizeClass c, Call call) {
  Observer* const observer = process.observer();
  if (HAK_UNLIKELY(observer != nullptr) && this == &thread_cache) return observer->Push(p, c, call);
  process.steps.Add(Step::kFreeFlush);
  FreeBlock* const b = static_cast<FreeBlock*>(p);
  if (HAK_UNLIKELY(heap == nullptr && !AttachToFree(b))) return process.heaps.GiveOne(c, b);

  FlushIdle(kNoClass);
  if (heap->IsLean()) return LookAndGather(b, c);
  if (heap->OnlyFrees(c)) return PassBy(b, c);

  const bool several = process.heaps.heaps() > 1;
  const uint32_t foreign = several ? FlushForeign(c) : 0;
  // Where it must be walked, a list that is half full is called full: otherwise there is room for
  // so many frees that a look costs each of them two steps at most.
  ListLimits& limits = heap->list_limits();
  const uint32_t limit = limits.Get(c);
  const uint32_t full = CountsPops(c) ? limit : limit / 2;
  const uint32_t length = CountsPops(c) ? heap->budget(c) - foreign : Length(c, full);
  CheckLength(c, length);
  if (length >= full) {
    heap->SetOnlyFrees(c, Stay(c));
    StartPassing(c);
    SetRoom(c, CountsPops(c) ? length : heap->budget(c), 0);  // at most as long as that
    if (!heap->PutOwn(b)) heap->Flush(c, b, 1);
    return;
  }
  // As many frees as that, and it is short: mallocs took what they gave.
  const bool in_turns = heap->budget(c) == limit && foreign == 0 && length < limit / 2;
  if (in_turns) limits.Grow(c);
  SetRoom(c, length, limits.Get(c));
  if (several && heap->IsForeign(b)) return heap->Flush(c, b, 1);
  Push(p, c);
}

void ThreadCache::PassBy(FreeBlock* b, SizeClass c) {
  if (!passing.Has(c) || (passes_left == 0 && !heap->ListStays(c))) FlushList(c);
  StartPassing(c);
  if (heap->PutOwn(b)) return;
  if (head[c] == nullptr && process.heaps.heaps() > 1 && heap->IsForeign(b)) {
    SetRoom(c, 0, Gathered(c, heap->MuchGoesHome()));  // what follows is gathered
    passing.Remove(c);
  }
  heap->Flush(c, b, 1);
}

// What a lean heap's thread frees goes on to others a few blocks at a time, but for those that it
// takes again before.
void ThreadCache::LookAndGather(FreeBlock* b, SizeClass c) {
  const uint32_t most = GatheredLean(c);
  const uint32_t full = CountsPops(c) ? most : most / 2;
  const uint32_t length = CountsPops(c) ? heap->budget(c) : Length(c, full);
  CheckLength(c, length);
  passing.Remove(c);
  if (length >= full) {
    const Chain list = Detach(c);
    heap->PassOn(c, list.head, list.count);
  }
  SetRoom(c, length >= full ? 0 : length, most);
  // One that the thread did not take itself, as a rule.
  if (length == 0 && heap->IsForeign(b)) return heap->Flush(c, b, 1);
  Push(b, c);
}

void ThreadCache::StartPassing(SizeClass c) {
  passing.Add(c);
  if (passes_left == 0) passes_left = kPassesPerSample;
}

void ThreadCache::FlushList(SizeClass c) {
  const Chain list = Detach(c);
  if (list.count > 0) heap->Flush(c, list.head, list.count);
}

Chain ThreadCache::Detach(SizeClass c) {
  FreeBlock* const list = head[c];
  const uint32_t most = heap->budget(c) - room[c];
  const uint32_t length = CountsPops(c) ? most : Length(c, most + 1);
  if (HAK_UNLIKELY(length > most)) {
    ReportCorruption("a list of free blocks goes round in a circle: a double free", list);
  }
  head[c] = nullptr;
  SetRoom(c, 0, 0);
  return {list, nullptr, length};
}

void ThreadCache::FlushIdle(SizeClass wanted) {
  IdleLists& lists = heap->idle_lists();
  if (lists.AsksForTime()) {
    process.PurgeDue();
    heap->DrainIfPending();  // as a thread that only frees takes none
  }
  const uint16_t begun = lists.Begun(process.superslabs.round());
  if (begun != 0) heap->BeginRound(begun);
  const SizeClass c = lists.Next();
  if (c == kNoClass) return;
  if (c != wanted) heap->ReleaseIdleShared(c);
  const bool idle = lists.Look(c, head[c]);
  if (c == wanted || !(idle || lists.Shrinks())) return;
  FlushList(c);
  heap->ReleaseIdle(c);
  if (idle) heap->list_limits().Reset(c);
  if (lists.Shrinks()) {
    heap->SetOnlyFrees(c, Stay(c));
    StartPassing(c);
  }
}

void ThreadCache::SetRoom(SizeClass c, uint32_t length, uint32_t most) {
  const uint32_t budget = std::max(length, most);
  heap->SetBudget(c, static_cast<uint16_t>(budget));
  room[c] = static_cast<uint16_t>(budget - length);
}

void ThreadCache::CheckLength(SizeClass c, uint32_t length) const {
  if (config::kValidate && CountsPops(c) && Length(c) != length) {
    ReportCorruption("length + room != budget", this);
  }
}

uint32_t ThreadCache::Length(SizeClass c, uint32_t most) const {
  uint32_t length = 0;
  for (const FreeBlock* b = head[c]; b != nullptr && length < most; b = b->next) ++length;
  return length;
}

void ThreadCache::FlushAll() {
  for (SizeClass c = 1; c < kNumClasses; ++c) FlushList(c);
  passing = {};
}

void ThreadCache::GiveAllBack() {
  FlushAll();
  process.heaps.FlushTransfers();
  heap->DrainPending();
  heap->ReleaseEmpty();
  process.FreeSpareSlabs();
}

ThreadCache& ThreadCache::InUse() { return observed == nullptr ? *this : observed->cache; }

uint32_t ThreadCache::FlushForeign(SizeClass c) {
  constexpr uint32_t kSample = 32;  // if none of so many is foreign, the others are taken not to be
  FreeBlock* foreign = nullptr;
  uint32_t foreign_count = 0;
  uint32_t looked_at = 0;
  const uint32_t most = heap->list_limits().Get(c) / 2;
  for (FreeBlock** link = &head[c]; *link != nullptr && looked_at < most; ++looked_at) {
    if (looked_at == kSample && foreign == nullptr) return 0;
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
  if (foreign != nullptr) heap->Flush(c, foreign, foreign_count);
  return foreign_count;
}

// What is there for class kNoClass, which has no list, serves here: the taker of the block that was
// freed first, and how many were.
bool ThreadCache::AttachToFree(const FreeBlock* b) {
  FreeBlock*& taker = head[kNoClass];
  if (taker == nullptr) taker = reinterpret_cast<FreeBlock*>(Heap::TakerOf(b));
  return ++room[kNoClass] >= kFreesBeforeHeap && Attach();
}

bool ThreadCache::Attach() {
  if (detached || !process.EnsureInitialized()) return false;
  heap = process.heaps.Activate(reinterpret_cast<Heap*>(head[kNoClass]));
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
  // The process goes on until its last thread ends, which shall not be the purger.
  if (platform::IsFirstThread()) process.purger.Stop();
  ThreadCache& cache = InUse();
  if (cache.heap != nullptr) {
    cache.FlushAll();
    process.heaps.Retire(cache.heap);
    cache.heap = nullptr;
    if (!process.heaps.IsCrowded()) process.heaps.FlushTransfers();
  }
  if (observed != nullptr) process.observer()->Leave();
}

}  // namespace hakmem
