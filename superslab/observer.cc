#include "superslab/observer.h"

#include <errno.h>

#include <new>

#include "core/platform.h"
#include "superslab/process.h"

namespace hakmem {

void* Observer::Pop(SizeClass c, Request request) {
  ObservedThread* const thread = Enter();
  if (thread == nullptr) {
    void* const p = process.EnsureInitialized() ? process.heaps.TakeOne(c) : nullptr;
    if (p == nullptr) errno = ENOMEM;
    return p;
  }
  void* const p = thread->cache.Pop(c);
  if (request.call != Call::kNone) {
    recorder_(this, thread, {.request = request, .address = p, .usable = UsableBytes(c)});
  }
  Leave();
  return p;
}

void Observer::Push(void* p, SizeClass c, Call call) {
  ObservedThread* const thread = Enter();
  if (thread == nullptr) return process.heaps.GiveOne(c, static_cast<FreeBlock*>(p));
  if (call != Call::kNone) recorder_(this, thread, {.request = {.call = call}, .address = p});
  thread->cache.Push(p, c);
  Leave();
}

void Observer::Record(const Event& event) {
  ObservedThread* const thread = Enter();
  if (thread == nullptr) return;
  recorder_(this, thread, event);
  Leave();
}

ObservedThread* Observer::Enter() {
  if (HAK_LIKELY(thread_cache.observed != nullptr)) return thread_cache.observed;
  ObservedThread* const thread = Acquire();
  if (thread == nullptr) return nullptr;
  if (thread_cache.heap != nullptr) thread_cache.FlushAll();
  thread->number = thread_cache.number;
  thread->cache.heap = thread_cache.heap;
  thread->cache.detached = thread_cache.detached;
  thread_cache.heap = nullptr;
  thread_cache.observed = thread;
  // The record has to come back, be there a heap or not. May allocate, which finds the record.
  if (!thread_cache.detached && process.EnsureInitialized()) {
    platform::ArmThreadExit(process.thread_exit);
  }
  return thread;
}

void Observer::Leave() {
  if (HAK_LIKELY(!thread_cache.detached)) return;
  ObservedThread* const thread = thread_cache.observed;
  thread_cache.observed = nullptr;
  thread->cache = {};
  const MutexLock lock(&mutex_);
  thread->link_idle = idle_;
  idle_ = thread;
}

ObservedThread* Observer::Acquire() {
  const MutexLock lock(&mutex_);
  if (thread_cache.number == 0) thread_cache.number = ++threads_;
  ObservedThread* thread = idle_;
  if (thread != nullptr) {
    idle_ = thread->link_idle;
    return thread;
  }
  void* const page = platform::Map(kPageBytes);
  static_assert(sizeof(ObservedThread) <= kPageBytes);
  if (page == nullptr) return nullptr;
  thread = new (page) ObservedThread;
  thread->link_all = all_;
  all_ = thread;
  return thread;
}

}  // namespace hakmem
