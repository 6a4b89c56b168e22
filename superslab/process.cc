#include "superslab/process.h"

namespace hakmem {

constinit Process process;
constinit thread_local ThreadCache thread_cache{};

bool Process::Initialize() {
  CoverForks();
  const MutexLock lock(&init_mutex_);
  if (initialized_.load(std::memory_order_relaxed)) return true;  // the mutex orders it
  if (!superslabs.Init()) return false;
  // Without a hook a thread's cache stays behind when it ends: a leak, not an error.
  platform::MakeThreadExit([](void*) { thread_cache.ThreadExit(); }, &thread_exit);
  // Release: pairs with the acquire in EnsureInitialized.
  initialized_.store(true, std::memory_order_release);
  return true;
}

// As early as can be: the handlers of a fork run in reverse, so those of the program's libraries,
// which may allocate, run before ours lock everything. Before the heap is there, and outside its
// mutex: from the 49th handler on glibc allocates for its list of them, and gets here again.
void Process::CoverForks() {
  // Relaxed: only one of the callers shall go on, and the C library has a lock of its own.
  if (forks_covered_.exchange(true, std::memory_order_relaxed)) return;
  platform::OnFork([] { process.BeforeFork(); }, [] { process.AfterFork(); },
                   [] { process.AfterForkInChild(); });
}

size_t Process::PurgePages(Slab* slab) {
  const AddressSpace& space = process.superslabs.space();
  char* const start = space.StartOf(slab);
  return slab->PurgePages(start, space.MarksOf(start));
}

void Process::Observe(Observer* observer) {
  observer_.store(observer, std::memory_order_release);  // pairs with the acquire in observer()
  observer->Enter();  // empties the cache; other threads' are emptied by their first slow path
}

// Lock order: the C library's streams, init, heaps, transfers, pool, superslabs, observer.
void Process::BeforeFork() {
  if (platform::HasOneThread()) {
    forks_alone_ = true;
    return;
  }
  platform::LockStreams();
  init_mutex_.Lock();
  forks_alone_ = false;
  heaps.LockAll();
  transfers.LockAll();
  pool.LockAll();
  superslabs.mutex().Lock();
  if (observer() != nullptr) observer()->mutex().Lock();
}

void Process::AfterFork() {
  if (forks_alone_) return;
  UnlockAll();
  platform::UnlockStreams();
}

void Process::UnlockAll() {
  if (observer() != nullptr) observer()->mutex().Unlock();
  superslabs.mutex().Unlock();
  pool.UnlockAll();
  transfers.UnlockAll();
  heaps.UnlockAll();
  init_mutex_.Unlock();
}

void Process::AfterForkInChild() {
  if (!forks_alone_) {
    superslabs.AfterForkInChild();
    Heap* const heap = thread_cache.InUse().heap;
    run_room.Reset(heap == nullptr ? 0 : heap->shared_run_room());
    heaps.AfterForkInChild(heap);
    purger.AfterForkInChild();
    UnlockAll();
  }
  if (observer() != nullptr) observer()->AfterForkInChild();
}

}  // namespace hakmem
