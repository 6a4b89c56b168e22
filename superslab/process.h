// All mutable state of hakmem: one object for the process, one for each thread. (process.cc is the
// only file with variables at namespace scope.)
#ifndef HAKMEM_SUPERSLAB_PROCESS_H_
#define HAKMEM_SUPERSLAB_PROCESS_H_

#include <atomic>

#include "core/compiler.h"
#include "core/lock.h"
#include "core/platform.h"
#include "core/settings.h"
#include "core/step_counters.h"
#include "superslab/heap_registry.h"
#include "superslab/observer.h"
#include "superslab/purger.h"
#include "superslab/shared_run_room.h"
#include "superslab/slab_pool.h"
#include "superslab/spare_slabs.h"
#include "superslab/superslab_heap.h"
#include "superslab/thread_cache.h"
#include "superslab/transfer_cache.h"

namespace hakmem {

struct Process {
  SuperslabHeap superslabs;
  SlabPool pool;
  SpareSlabs spares;
  TransferCache transfers;
  SharedRunRoom run_room;
  HeapRegistry heaps;
  Purger purger;
  Settings settings;  // written once, in ReadEnvironment, before main() starts
  StepCounters steps;
  platform::ThreadExitKey thread_exit = 0;

  // Reserves the address range and so on; once, at the first allocation of the process, whichever
  // thread and moment that is (the dynamic loader's, before any constructor). Returns false when
  // there is no address space at all. Cheap when done already.
  bool EnsureInitialized() {
    // Acquire: pairs with the release in Initialize.
    if (HAK_LIKELY(initialized_.load(std::memory_order_acquire))) return true;
    return Initialize();
  }
  bool initialized() const { return initialized_.load(std::memory_order_acquire); }  // likewise

  // Reads the HAKMEM_* variables, unless the environment is not to be trusted. The C library knows
  // it only once it is initialized itself, so this waits for our constructor; until then the
  // defaults hold.
  void ReadEnvironment(const char* const* environment) {
    if (!platform::IsPrivileged()) settings = ReadSettings(environment);
  }

  // Registers the functions below, once. Our constructor and the first allocation both ask for
  // it, whichever comes first; one of them precedes the second thread of the process.
  void CoverForks();

  // Gives the units of a slab back that nobody owns any more, and that has no live blocks.
  void FreeSlab(const Slab* slab) {
    const size_t first = superslabs.space().UnitOfSlab(slab);
    superslabs.map().SetSlab(first, kNoClass);
    superslabs.Free(first, kUnitsPerSlab);
    PurgePool();
  }

  void FreeSpareSlabs() {
    for (SizeClass c = 1; c < kNumClasses; ++c) {
      while (const Slab* const slab = spares.Take(c)) FreeSlab(slab);
    }
  }

  // Of class `c`, those that nobody needed for two rounds.
  void FreeOldSpareSlabs(SizeClass c) {
    while (const Slab* const slab = spares.TakeOld(c, superslabs.round())) FreeSlab(slab);
  }

  // Gives the units of a run back; `clean` as in SuperslabHeap::Free.
  void FreeRun(size_t first, size_t units, bool clean = false) {
    superslabs.map().Set(first, kNoClass);
    superslabs.Free(first, units, clean);
    PurgePool();
  }

  // After units were taken or freed, and before they are touched: has slabs in the pool give pages
  // back for those by which the heap grew, and those that have been thin for long.
  void PurgePool() {
    purger.Notice();
    PurgeThinSlabs();
  }
  // Likewise, for the purger, which need not tell itself.
  void PurgeThinSlabs() {
    const size_t grown = superslabs.TakeGrowth();
    if (grown != 0) pool.PurgeThin(grown * (kUnitBytes / kPageBytes), PurgePages);
    pool.PurgeOld(superslabs.round(), PurgePages);
  }

  // Of a slab in the pool, for its purges.
  static size_t PurgePages(Slab* slab);

  // On ways that leave a thread's cache: has memory that nobody wanted for a while go back, if the
  // time has come.
  void PurgeDue() {
    superslabs.PurgeDue();
    PurgePool();
  }

  // Tells `observer` of every call from now on; it lives as long as the process.
  void Observe(Observer* observer);
  // Null as a rule. Acquire: pairs with the release in Observe.
  Observer* observer() const { return observer_.load(std::memory_order_acquire); }

  // Around fork(): all mutexes are held while it happens, so the child finds every structure whole
  // (but the trace writer's: the child makes a new one). Not where the process has one thread: then
  // nobody else holds one, but the thread itself may, where a signal handler forks; what it was
  // doing goes on in both. Caches and heaps of threads that the child does not have stay as they
  // are: what they hold is lost to the child, nothing else.
  void BeforeFork() ABSL_NO_THREAD_SAFETY_ANALYSIS;
  void AfterFork() ABSL_NO_THREAD_SAFETY_ANALYSIS;
  void AfterForkInChild() ABSL_NO_THREAD_SAFETY_ANALYSIS;

 private:
  HAK_SLOW bool Initialize();
  void UnlockAll() ABSL_NO_THREAD_SAFETY_ANALYSIS;

  Mutex init_mutex_;
  std::atomic<bool> initialized_{false};
  std::atomic<bool> forks_covered_{false};
  bool forks_alone_ = false;  // between BeforeFork and AfterFork: no mutex is held
  std::atomic<Observer*> observer_{nullptr};
};

extern constinit Process process;
extern constinit thread_local ThreadCache thread_cache;

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_PROCESS_H_
