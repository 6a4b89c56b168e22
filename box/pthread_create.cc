// C interposition: what makes threads, under the C library's names, in the shared library alone. A
// program that makes threads gets the purger with the first one: here the C library may be asked
// for a thread, as it holds none of its locks, which malloc and free can't know.
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <threads.h>

#include <atomic>

#include "box/hakmem.h"
#include "superslab/process.h"

namespace hakmem {
namespace {

// The function that comes next under a name; null when there is none.
template <typename Function>
Function* Next(std::atomic<Function*>* found, const char* name) {
  Function* next = found->load(std::memory_order_relaxed);  // always the same: orders nothing
  if (next == nullptr) {
    next = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
    found->store(next, std::memory_order_relaxed);  // likewise
  }
  return next;
}

void ThreadWasMade() {
  // Not where the heap is another's: Valgrind's, say.
  if (process.initialized()) process.purger.Start();
}

}  // namespace
}  // namespace hakmem

extern "C" {

HAKMEM_PUBLIC int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                                 void* (*start)(void*), void* argument) noexcept {
  using Function = int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static constinit std::atomic<Function*> found{nullptr};
  Function* const next = hakmem::Next(&found, "pthread_create");
  if (next == nullptr) return EAGAIN;
  const int error = next(thread, attributes, start, argument);
  if (error == 0) hakmem::ThreadWasMade();
  return error;
}

// glibc's does not call the other by its name.
HAKMEM_PUBLIC int thrd_create(thrd_t* thread, thrd_start_t start, void* argument) {
  using Function = int(thrd_t*, thrd_start_t, void*);
  static constinit std::atomic<Function*> found{nullptr};
  Function* const next = hakmem::Next(&found, "thrd_create");
  if (next == nullptr) return thrd_error;
  const int result = next(thread, start, argument);
  if (result == thrd_success) hakmem::ThreadWasMade();
  return result;
}

}  // extern "C"
