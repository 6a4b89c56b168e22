#include "superslab/heap_registry.h"

#include <new>

#include "core/platform.h"
#include "superslab/process.h"

namespace hakmem {
namespace {

constexpr size_t kHeapsBytes = 64 * 1024;  // mapped at a time; pages are touched as heaps are used

}  // namespace

void HeapList::Push(Heap* heap) {
  heap->next = newest;
  heap->previous = nullptr;
  (newest != nullptr ? newest->previous : oldest) = heap;
  newest = heap;
}

void HeapList::Remove(Heap* heap) {
  (heap->previous != nullptr ? heap->previous->next : newest) = heap->next;
  (heap->next != nullptr ? heap->next->previous : oldest) = heap->previous;
}

Heap* HeapRegistry::Make() {
  if (!first_taken_) {
    first_taken_ = true;
    return &first_;
  }
  if (fresh_ == fresh_end_) {
    fresh_ = static_cast<Heap*>(platform::Map(kHeapsBytes));
    fresh_end_ = fresh_ == nullptr ? nullptr : fresh_ + kHeapsBytes / sizeof(Heap);
    if (fresh_ == nullptr) return nullptr;
  }
  return new (fresh_++) Heap;
}

Heap* HeapRegistry::Activate(Heap* parent) {
  const MutexLock lock(&mutex_);
  const bool succeeds = parent != nullptr && IsIdle(parent);
  // The oldest: the newer ones' heirs may still ask for them.
  Heap* heap = succeeds ? parent : idle_heaps_.oldest;
  const bool is_new = heap == nullptr;
  if (!is_new) {
    idle_heaps_.Remove(heap);
  } else {
    heap = Make();
    if (heap == nullptr) return nullptr;
    made_.fetch_add(1, std::memory_order_relaxed);  // a statistic
  }
  active_heaps_.Push(heap);
  active_.fetch_add(1, std::memory_order_relaxed);  // a hint
  heap->SetLean(IsCrowded() && (is_new || heap->IsLean()));
  heap->parent = succeeds ? nullptr : parent;
  heap->SetState(Heap::State::kActive);
  return heap;
}

Heap* HeapRegistry::Succeed(Heap* heap) {
  Heap* const parent = heap->parent;
  if (parent->state() == Heap::State::kActive) return heap;
  const MutexLock lock(&mutex_);
  heap->parent = nullptr;
  if (!IsIdle(parent)) return heap;
  idle_heaps_.Remove(parent);
  heap->SetState(Heap::State::kIdle);
  heap->BequeathTo(parent);
  Deactivate(heap);
  active_heaps_.Remove(heap);
  idle_heaps_.Push(heap);
  active_heaps_.Push(parent);
  parent->parent = nullptr;
  parent->SetState(Heap::State::kActive);
  return parent;
}

void HeapRegistry::Deactivate(Heap* heap) {
  heap->SetState(Heap::State::kIdle);
  heap->LetGoOfAll();
  // What is pushed after this, its pusher rescues: see Heap::NotifyPending.
  heap->DrainPending();
}

void HeapRegistry::Retire(Heap* heap) {
  const MutexLock lock(&mutex_);
  Deactivate(heap);
  active_heaps_.Remove(heap);
  idle_heaps_.Push(heap);
  active_.fetch_sub(1, std::memory_order_relaxed);  // a hint
}

void HeapRegistry::Rescue(Heap* heap) {
  const MutexLock lock(&mutex_);
  if (heap->state() != Heap::State::kActive) heap->DrainPending();
}

template <typename Work>
auto HeapRegistry::WithSpare(Work&& work) {
  const MutexLock one_at_a_time(&spare_mutex_);
  {
    const MutexLock lock(&mutex_);  // nobody rescues it any more
    spare_.SetState(Heap::State::kActive);
  }
  const auto result = work(spare_);
  const MutexLock lock(&mutex_);
  Deactivate(&spare_);
  return result;
}

FreeBlock* HeapRegistry::TakeOne(SizeClass c) {
  return WithSpare([c](Heap& heap) { return heap.Take(c, 1).head; });
}

void HeapRegistry::GiveOne(SizeClass c, FreeBlock* block) {
  WithSpare([c, block](Heap& heap) {
    heap.Flush(c, block, 1);
    return nullptr;
  });
}

void HeapRegistry::FlushTransfers() {
  if (process.transfers.SeemsEmpty()) return;
  WithSpare([](Heap& heap) {
    heap.FlushTransfers();
    return nullptr;
  });
}

void HeapRegistry::ReleaseIdle() {
  Run::Link runs = TakeIdleRuns();
  while (runs != 0) {
    const size_t first = runs - 1;
    Run* const run = process.superslabs.space().run(first);
    runs = run->next();
    // At once: it was of no use for a round already.
    char* const start = process.superslabs.map().UnitStart(first);
    const bool clean = platform::Purge(start, run->units() * kUnitBytes);
    process.FreeRun(first, run->units(), clean);
  }
  if (heaps() == 1) return;
  // Without the spare heap's mutex, for which others may wait.
  for (SizeClass c = 1; c < kNumClasses; ++c) process.FreeOldSpareSlabs(c);
  if (process.transfers.SeemsEmpty()) return;
  WithSpare([](Heap& heap) {
    for (SizeClass c = 1; c < kNumClasses; ++c) heap.ReleaseIdleTransfers(c);
    return nullptr;
  });
}

Run::Link HeapRegistry::TakeIdleRuns() {
  const MutexLock lock(&mutex_);
  Run::Link runs = 0;
  for (Heap* heap = active_heaps_.newest; heap != nullptr; heap = heap->next) {
    if (!heap->runs_guard().Close()) continue;
    runs = heap->TakeKeptRuns(runs);
    heap->runs_guard().Open();
  }
  return runs;
}

void HeapRegistry::AfterForkInChild(Heap* heap) {
  active_heaps_ = {};
  if (heap != nullptr) active_heaps_.Push(heap);
  ResetActive(heap == nullptr ? 0 : 1);
}

void HeapRegistry::LockAll() {
  spare_mutex_.Lock();
  mutex_.Lock();
}

void HeapRegistry::UnlockAll() {
  mutex_.Unlock();
  spare_mutex_.Unlock();
}

}  // namespace hakmem
