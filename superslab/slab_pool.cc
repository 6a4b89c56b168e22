#include "superslab/slab_pool.h"

#include <atomic>

#include "core/config.h"

namespace hakmem {
namespace {

constexpr int kChoice = 16;  // slabs looked at, under the lock
constexpr int kAnyAge = 0;
constexpr int kTwoRounds = 2;
// Slabs whose pages go back in one call, which takes 5 to 100 us for each: a malloc or free waits.
constexpr size_t kMostAtOnce = 64;

// One of the first slabs of the list: those that `taker` or `parent` took blocks of last before
// others, then the one that is used most, so that the others empty.
Slab* Choose(const SlabList& slabs, const Heap* taker, const Heap* parent) {
  Slab* best = nullptr;
  uint32_t best_rank = 0;
  Slab* slab = slabs.front();
  for (int i = 0; i < kChoice && slab != nullptr; ++i, slab = slab->next) {
    const Heap* const last = slab->taker.load(std::memory_order_relaxed);  // a hint
    const bool familiar = last == taker || last == parent;
    const uint32_t used = slab->used();
    const uint32_t rank = 1 + used + (familiar ? kSlabBytes : 0);
    if (rank <= best_rank) continue;
    best = slab;
    best_rank = rank;
  }
  return best;
}

}  // namespace

void SlabPool::Enter(Class& pool, Slab* slab) {
  slab->thin = slab->IsThin();
  // Relaxed: a hint.
  if (slab->thin) slab->since = static_cast<uint8_t>(round_.load(std::memory_order_relaxed));
  (slab->thin ? pool.thin : pool.slabs).PushBack(slab);
}

void SlabPool::Leave(Class& pool, Slab* slab) {
  (slab->thin ? pool.thin : pool.slabs).Remove(slab);
  slab->thin = false;
}

bool SlabPool::Class::SeemsEmpty() const ABSL_NO_THREAD_SAFETY_ANALYSIS {
  return slabs.empty() && thin.empty();
}

Slab* SlabPool::Take(SizeClass c, Heap* taker, const Heap* parent) {
  Class& pool = classes_[c];
  if (pool.SeemsEmpty()) return nullptr;
  const MutexLock lock(&pool.mutex);
  Slab* slab = Choose(pool.slabs, taker, parent);
  if (slab == nullptr) slab = Choose(pool.thin, taker, parent);
  if (slab == nullptr) return nullptr;
  Leave(pool, slab);
  slab->SetOwner(taker);
  return slab;
}

bool SlabPool::Put(Slab* slab, Heap* owner) {
  Class& pool = classes_[slab->size_class];
  const MutexLock lock(&pool.mutex);
  if (!slab->LetGo(owner, Slab::To::kPool)) return false;
  Enter(pool, slab);
  return true;
}

SlabPool::Given SlabPool::Give(Slab* slab, const Chain& chain, Heap* giver, Claim claim) {
  Class& pool = classes_[slab->size_class];
  const MutexLock lock(&pool.mutex);
  if (!slab->IsPooled()) return Given::kNotPooled;
  slab->PutFree(chain);
  const bool empty = slab->used() == 0;
  const bool thin = slab->IsThin();
  if (!empty && claim != Claim::kAlways && (thin || claim == Claim::kIfEmpty)) {
    if (thin && !slab->thin) {
      Leave(pool, slab);
      Enter(pool, slab);
    }
    return Given::kTaken;
  }
  Leave(pool, slab);
  slab->SetOwner(giver);
  return Given::kYours;
}

void SlabPool::PurgeThin(size_t most, PurgePages purge_pages) {
  size_t pages = 0;
  size_t slabs = 0;
  for (SizeClass c = kNumClasses; --c > kNoClass;) {
    while (pages < most && slabs < kMostAtOnce &&
           PurgeOldest(classes_[c], kAnyAge, purge_pages, &pages)) {
      ++slabs;
    }
  }
}

void SlabPool::PurgeOld(uint16_t round, PurgePages purge_pages) {
  // Relaxed: hints. A caller that comes late must not turn the clock back.
  uint16_t last = round_.load(std::memory_order_relaxed);
  if (last == round && !has_old_.load(std::memory_order_relaxed)) return;
  if (last != round) {
    if (static_cast<int16_t>(round - last) < 0) return;
    if (!round_.compare_exchange_strong(last, round, std::memory_order_relaxed)) return;
  }
  size_t pages = 0;
  size_t slabs = 0;
  for (Class& pool : classes_) {
    while (slabs < kMostAtOnce && PurgeOldest(pool, kTwoRounds, purge_pages, &pages)) ++slabs;
  }
  has_old_.store(slabs == kMostAtOnce, std::memory_order_relaxed);
}

bool SlabPool::PurgeOldest(Class& pool, int rounds, PurgePages purge_pages, size_t* pages) {
  if (pool.SeemsEmpty()) return false;
  const MutexLock lock(&pool.mutex);
  Slab* const slab = pool.thin.front();
  if (slab == nullptr) return false;
  // Modulo 2^8. Relaxed: a hint.
  const auto age = static_cast<uint8_t>(round_.load(std::memory_order_relaxed) - slab->since);
  if (age < rounds) return false;
  *pages += Purge(slab, purge_pages);
  pool.thin.Remove(slab);
  slab->thin = false;
  pool.slabs.PushBack(slab);
  return true;
}

size_t SlabPool::Purge(Slab* slab, PurgePages purge_pages) {
  const size_t pages = purge_pages(slab);
  purged_pages_.fetch_add(pages, std::memory_order_relaxed);
  return pages;
}

size_t SlabPool::PurgeAll(PurgePages purge_pages) {
  size_t pages = 0;
  for (Class& pool : classes_) {
    const MutexLock lock(&pool.mutex);
    for (SlabList* slabs : {&pool.slabs, &pool.thin}) {
      for (Slab* slab = slabs->front(); slab != nullptr; slab = slab->next) {
        pages += Purge(slab, purge_pages);
      }
    }
  }
  return pages;
}

void SlabPool::LockAll() {
  for (Class& pool : classes_) pool.mutex.Lock();
}

void SlabPool::UnlockAll() {
  for (Class& pool : classes_) pool.mutex.Unlock();
}

}  // namespace hakmem
