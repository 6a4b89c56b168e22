// Room for kept runs that all heaps share (run_cache.h). There is a bound to it because the runs
// that a thread keeps are of no use to others, least of all while it waits.
//
// Thread-safe. Relaxed throughout: nothing else depends on it.
#ifndef HAKMEM_SUPERSLAB_SHARED_RUN_ROOM_H_
#define HAKMEM_SUPERSLAB_SHARED_RUN_ROOM_H_

#include <algorithm>
#include <atomic>
#include <cstddef>

#include "core/config.h"

namespace hakmem {

// Apart from its neighbours in memory.
class alignas(kCacheLineBytes) SharedRunRoom {
 public:
  static constexpr size_t kUnits = UnitsOfMiB(64);

  // Room for `units` more, for a heap that has `had`; false when it would have more than it leaves
  // to others.
  bool Take(size_t units, size_t had) {
    size_t taken = taken_.load(std::memory_order_relaxed);
    do {
      if (had + units > kUnits - std::min(kUnits, taken + units)) return false;
    } while (!taken_.compare_exchange_weak(taken, taken + units, std::memory_order_relaxed));
    return true;
  }
  void Return(size_t units) { taken_.fetch_sub(units, std::memory_order_relaxed); }
  // In the child of a fork, where the one heap that is left has `units`.
  void Reset(size_t units) { taken_.store(units, std::memory_order_relaxed); }
  // By all heaps together.
  size_t taken() const { return taken_.load(std::memory_order_relaxed); }

 private:
  std::atomic<size_t> taken_{0};
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_SHARED_RUN_ROOM_H_
