#include "superslab/transfer_cache.h"

#include <algorithm>

namespace hakmem {

bool TransferCache::Put(SizeClass c, FreeBlock* list, uint32_t count) {
  Class& cache = classes_[c];
  if (cache.Count() == kMostLists) return false;
  const MutexLock lock(&cache.mutex);
  const uint32_t lists = cache.Count();
  const uint32_t blocks = cache.blocks + count;
  if (lists == kMostLists || blocks * size_t{kGeometry[c].stride} > kMostBytes) return false;
  cache.heads[lists] = list;
  cache.counts[lists] = static_cast<uint16_t>(count);
  cache.blocks = blocks;
  cache.lists.store(lists + 1, std::memory_order_relaxed);
  return true;
}

Chain TransferCache::Take(SizeClass c) {
  Class& cache = classes_[c];
  if (cache.Count() == 0) return {};
  const MutexLock lock(&cache.mutex);
  if (cache.Count() == 0) return {};
  const uint32_t last = cache.Count() - 1;
  cache.blocks -= cache.counts[last];
  cache.least = std::min(cache.least, last);
  cache.lists.store(last, std::memory_order_relaxed);
  return {cache.heads[last], nullptr, cache.counts[last]};
}

uint32_t TransferCache::CountIdle(SizeClass c, uint16_t round) {
  Class& cache = classes_[c];
  if (cache.Count() == 0) return 0;
  const MutexLock lock(&cache.mutex);
  const bool late = static_cast<uint16_t>(round + 1) == cache.round;
  if (late || round == cache.round) return 0;
  cache.round = round;
  const uint32_t idle = cache.least;
  cache.least = cache.Count();
  // The oldest ones, which come to the end.
  std::rotate(cache.heads, cache.heads + idle, cache.heads + cache.Count());
  std::rotate(cache.counts, cache.counts + idle, cache.counts + cache.Count());
  return idle;
}

void TransferCache::LockAll() {
  for (Class& cache : classes_) cache.mutex.Lock();
}

void TransferCache::UnlockAll() {
  for (Class& cache : classes_) cache.mutex.Unlock();
}

}  // namespace hakmem
