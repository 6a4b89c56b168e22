#include "superslab/slab_pool.h"

#include <atomic>

#include "core/config.h"

namespace hakmem {
namespace {

constexpr int kChoice = 16;  // slabs looked at

// One of the first slabs of the list: of `heir`'s or `parent`'s home before others, then the one
// that is used most, so that the others empty.
Slab* Choose(const SlabList& slabs, const Heap* heir, const Heap* parent) {
  Slab* best = nullptr;
  uint32_t best_rank = 0;
  Slab* slab = slabs.front();
  for (int i = 0; i < kChoice && slab != nullptr; ++i, slab = slab->next) {
    const Heap* const home = slab->home.load(std::memory_order_relaxed);  // a hint
    const bool at_home = home == heir || home == parent;
    // Relaxed: whoever holds the lock has the slab.
    const uint32_t used = slab->used.load(std::memory_order_relaxed);
    const uint32_t rank = 1 + used + (at_home ? kUnitBytes : 0);
    if (rank <= best_rank) continue;
    best = slab;
    best_rank = rank;
  }
  return best;
}

}  // namespace

Slab* SlabPool::Take(SizeClass c, Heap* heir, const Heap* parent) {
  Class& pool = classes_[c];
  if (pool.slabs.empty()) return nullptr;
  const MutexLock lock(&pool.mutex);
  Slab* const slab = Choose(pool.slabs, heir, parent);
  if (slab == nullptr) return nullptr;
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
