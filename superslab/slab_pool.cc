#include "superslab/slab_pool.h"

#include <atomic>

namespace hakmem {

Slab* SlabPool::Take(SizeClass c, Heap* heir, const Heap* parent) {
  constexpr int kFew = 16;
  Class& pool = classes_[c];
  if (pool.slabs.empty()) return nullptr;
  const MutexLock lock(&pool.mutex);
  Slab* slab = pool.slabs.front();
  if (slab == nullptr) return nullptr;
  Slab* candidate = slab;
  for (int i = 0; i < kFew && candidate != nullptr; ++i, candidate = candidate->next) {
    const Heap* const home = candidate->home.load(std::memory_order_relaxed);  // a hint
    if (home != heir && home != parent) continue;
    slab = candidate;
    break;
  }
  pool.slabs.Remove(slab);
  slab->SetOwner(heir);
  return slab;
}

bool SlabPool::Put(Slab* slab, Heap* owner) {
  Class& pool = classes_[slab->size_class];
  const MutexLock lock(&pool.mutex);
  if (!slab->LetGo(owner, Slab::To::kPool)) return false;
  pool.slabs.PushBack(slab);
  return true;
}

SlabPool::Given SlabPool::Give(Slab* slab, const Chain& chain, Heap* giver, bool claim) {
  Class& pool = classes_[slab->size_class];
  const MutexLock lock(&pool.mutex);
  if (!slab->IsPooled()) return Given::kNotPooled;
  slab->PutFree(chain);
  // Relaxed: whoever holds the lock has the slab.
  if (!claim && slab->used.load(std::memory_order_relaxed) != 0) return Given::kTaken;
  pool.slabs.Remove(slab);
  slab->SetOwner(giver);
  return Given::kYours;
}

void SlabPool::LockAll() {
  for (Class& pool : classes_) pool.mutex.Lock();
}

void SlabPool::UnlockAll() {
  for (Class& pool : classes_) pool.mutex.Unlock();
}

}  // namespace hakmem
