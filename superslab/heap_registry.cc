#include "superslab/heap_registry.h"

#include <new>

#include "core/platform.h"

namespace hakmem {
namespace {

constexpr size_t kHeapsBytes = kUnitBytes;  // mapped at a time; pages are touched as heaps are used

}  // namespace

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

Heap* HeapRegistry::Activate() {
  const MutexLock lock(&mutex_);
  Heap* heap = idle_;
  if (heap != nullptr) {
    idle_ = heap->next_idle;
  } else {
    heap = Make();
    if (heap == nullptr) return nullptr;
    made_.fetch_add(1, std::memory_order_relaxed);  // a statistic
  }
  heap->SetState(Heap::State::kActive);
  return heap;
}

void HeapRegistry::Retire(Heap* heap) {
  const MutexLock lock(&mutex_);
  heap->BequeathTo(&orphans_);
  heap->SetState(Heap::State::kIdle);
  // What was pushed meanwhile is the orphans' now, and they look after it: see
  // Heap::NotifyPending.
  heap->PassOnPending();
  orphans_.DrainPending();
  heap->next_idle = idle_;
  idle_ = heap;
}

Slab* HeapRegistry::Adopt(SizeClass c, Heap* heir) {
  if (!orphans_.MayHave(c)) return nullptr;
  const MutexLock lock(&mutex_);
  Slab* const slab = orphans_.Disown(c);
  // Under the mutex: as long as the orphans own it, whoever rescues them collects its remote frees.
  if (slab != nullptr) heir->Own(slab);
  return slab;
}

void HeapRegistry::Rescue(Heap* heap) {
  const MutexLock lock(&mutex_);
  if (heap->state() == Heap::State::kIdle) heap->PassOnPending();
  orphans_.DrainPending();
}

FreeBlock* HeapRegistry::TakeOne(SizeClass c) {
  const MutexLock lock(&mutex_);
  const Chain chain = orphans_.Take(c, 1);
  if (chain.count > 1) orphans_.Give(c, chain.head->next, chain.count - 1);
  return chain.head;
}

void HeapRegistry::GiveOne(SizeClass c, FreeBlock* block) {
  const MutexLock lock(&mutex_);
  orphans_.Give(c, block, 1);
}

void HeapRegistry::ReleaseEmpty() {
  const MutexLock lock(&mutex_);
  orphans_.ReleaseEmpty();
}

}  // namespace hakmem
