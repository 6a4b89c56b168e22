// C interposition: pthread_create() under the C library's name, in the shared library alone. A
// program that makes threads gets the purger with the first one: here the C library may be asked
// for a thread, as it holds none of its locks, which malloc and free can't know.
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>

#include <atomic>

#include "box/hakmem.h"
#include "superslab/process.h"

extern "C" HAKMEM_PUBLIC int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                                            void* (*start)(void*), void* argument) noexcept {
  using Function = int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static constinit std::atomic<Function*> found{nullptr};
  Function* next = found.load(std::memory_order_relaxed);  // always the same: orders nothing
  if (next == nullptr) {
    next = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, "pthread_create"));
    if (next == nullptr) return EAGAIN;
    found.store(next, std::memory_order_relaxed);  // likewise
  }
  const int error = next(thread, attributes, start, argument);
  // Not where the heap is another's: Valgrind's, say.
  if (error == 0 && hakmem::process.initialized()) hakmem::process.purger.Start();
  return error;
}
