// Observation: a recorder is told of every allocation, realloc and free. The hit path has no test
// for it, because while a process is observed there are no hits: the lists of every thread's cache
// stay empty and without room, so that each call takes the slow way; and that looks whether there
// is an observer.
//
//           thread_cache                            ObservedThread
//   malloc  head[c] == null -> Refill   -> Pop  --> cache.Pop(c)          then the recorder
//   free    room[c] == 0    -> PushSlow -> Push --> cache.Push(p, c)      after the recorder
//
// Blocks are served from a second cache, hidden in the thread's ObservedThread, so a program keeps
// the addresses and nearly the memory that it has unobserved. (The hidden cache's own slow paths
// are the usual ones.) What is not the cache's matter, such as runs and realloc, tells the observer
// itself (box/dispatch.cc).
//
// The recorder hears of a free before the block can be handed out again, and of an allocation after
// it was: in the order of its calls no block is live twice. It must not allocate.
//
// Observation begins in our constructor and never ends. Thread-safe; an ObservedThread is its
// thread's alone.
#ifndef HAKMEM_SUPERSLAB_OBSERVER_H_
#define HAKMEM_SUPERSLAB_OBSERVER_H_

#include <cstddef>
#include <cstdint>

#include "core/call.h"
#include "core/lock.h"
#include "core/size_classes.h"
#include "superslab/thread_cache.h"

namespace hakmem {

// One call of the program.
struct Event {
  Request request;                    // size 0 in a free
  const void* address;                // the block; null when the request failed
  const void* old_address = nullptr;  // of a realloc: the block that there was
  size_t usable = 0;                  // bytes that the caller may use; 0 in a free
};

// A thread, as the observer knows it.
struct ObservedThread {
  ThreadCache cache;    // where the thread's blocks are
  uint32_t number = 0;  // of the thread: 1 for the first that was seen
  // The recorder's: where it writes what comes next, and up to where it may.
  void* next = nullptr;
  void* end = nullptr;
  // The observer's: every record there is, and those that no thread has now.
  ObservedThread* link_all = nullptr;
  ObservedThread* link_idle = nullptr;
};

class Observer {
 public:
  using Recorder = void (*)(Observer* self, ObservedThread* thread, const Event& event);
  // Called in the child of fork(), whose only thread is the calling one.
  using ForkHook = void (*)(Observer* self);

  Observer(Recorder recorder, ForkHook after_fork) : recorder_(recorder), after_fork_(after_fork) {}

  // In place of the thread cache's: a block of class `c`; null and ENOMEM when memory is exhausted.
  void* Pop(SizeClass c, Request request);
  void Push(void* p, SizeClass c, Call call);

  // Records what the calling thread does.
  void Record(const Event& event);

  // The calling thread's record. The first time it takes over the thread's heap and what its cache
  // holds. Null when there is no memory for one: then the call goes unrecorded.
  ObservedThread* Enter();
  // Gives the record of a thread that has ended back. Whatever such a thread still does gets one
  // for each call.
  void Leave();

  // Held around fork().
  Mutex& mutex() { return mutex_; }
  void AfterForkInChild() { after_fork_(this); }

 protected:
  ObservedThread* all_threads() const { return all_; }

 private:
  ObservedThread* Acquire();

  const Recorder recorder_;
  const ForkHook after_fork_;
  Mutex mutex_;
  ObservedThread* all_ = nullptr;  // written under the mutex; read by the child of fork()
  ObservedThread* idle_ ABSL_GUARDED_BY(mutex_) = nullptr;
  uint32_t threads_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_OBSERVER_H_
