#include "superslab/heap_registry.h"

#include <new>

#include "core/platform.h"
#include "superslab/process.h"

namespace hakmem {
namespace {

constexpr size_t kHeapsBytes = 64 * 1024;  // mapped at a time; pages are touched as heaps are used

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

void HeapRegistry::PushIdle(Heap* heap) {
  heap->next_idle = newest_idle_;
  heap->previous_idle = nullptr;
  (newest_idle_ != nullptr ? newest_idle_->previous_idle : oldest_idle_) = heap;
  newest_idle_ = heap;
}

void HeapRegistry::RemoveIdle(Heap* heap) {
  (heap->previous_idle != nullptr ? heap->previous_idle->next_idle : newest_idle_) =
      heap->next_idle;
  (heap->next_idle != nullptr ? heap->next_idle->previous_idle : oldest_idle_) =
      heap->previous_idle;
}

Heap* HeapRegistry::Activate(Heap* parent) {
  const MutexLock lock(&mutex_);
  const bool succeeds = parent != nullptr && IsIdle(parent);
  // The oldest: the newer ones' heirs may still ask for them.
  Heap* heap = succeeds ? parent : oldest_idle_;
  const bool is_new = heap == nullptr;
  if (!is_new) {
    RemoveIdle(heap);
  } else {
    heap = Make();
    if (heap == nullptr) return nullptr;
    made_.fetch_add(1, std::memory_order_relaxed);  // a statistic
  }
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
  RemoveIdle(parent);
  heap->SetState(Heap::State::kIdle);
  heap->BequeathTo(parent);
  Deactivate(heap);
  PushIdle(heap);
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
  PushIdle(heap);
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

void HeapRegistry::LockAll() {
  spare_mutex_.Lock();
  mutex_.Lock();
}

void HeapRegistry::UnlockAll() {
  mutex_.Unlock();
  spare_mutex_.Unlock();
}

}  // namespace hakmem
