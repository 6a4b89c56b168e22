// What observation_test runs under the preload library: each way of it, named by the argument,
// calls the allocator in a manner that the test knows, and ends in its own way. Sizes are odd ones,
// so that the test tells these calls from those of the libraries.
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

// Keeps the compiler from leaving out what looks unused.
void* Keep(void* p) {
  __asm__ volatile("" : "+r"(p) : : "memory");
  return p;
}

// Every function of the family once; all are freed.
void EveryKind() {
  void* p = Keep(malloc(7001));
  p = Keep(realloc(p, 7003));  // in place
  p = Keep(realloc(p, 17003));
  p = Keep(realloc(p, 70003));
  p = Keep(realloc(p, 7000003));
  free(p);
  free(Keep(calloc(7, 1001)));
  free(Keep(calloc(7, 100003)));
  free(Keep(realloc(Keep(nullptr), 7005)));
  free(Keep(reallocarray(Keep(nullptr), 7, 1003)));
  if (posix_memalign(&p, 256, 7011) != 0) abort();
  free(Keep(p));
  free(Keep(aligned_alloc(64, 7013)));
  free(Keep(memalign(16, 7019)));
  free(Keep(aligned_alloc(1 << 20, 7000019)));
  ::operator delete(Keep(::operator new(7027)));
  ::operator delete[](Keep(::operator new[](7029)));
  ::operator delete(Keep(::operator new(7039, std::align_val_t(128))), std::align_val_t(128));
  ::operator delete(Keep(::operator new(7043, std::nothrow)), std::nothrow);
  ::operator delete (Keep(::operator new(70051)), size_t{70051});
  p = Keep(malloc(7057));
  Keep(realloc(p, 0));
  free(nullptr);
}

void* AllocateInThread(void* argument) {
  const size_t size = *static_cast<size_t*>(argument);
  for (int i = 0; i < 5000; ++i) {
    void* const p = Keep(malloc(size));
    void* const q = Keep(malloc(90001));
    free(p);
    free(q);
  }
  return malloc(size);  // freed by the main thread
}

void Threads() {
  pthread_t threads[4];
  size_t sizes[4] = {6001, 6003, 6005, 6007};
  for (int i = 0; i < 4; ++i) pthread_create(&threads[i], nullptr, AllocateInThread, &sizes[i]);
  for (pthread_t& thread : threads) {
    void* block;
    pthread_join(thread, &block);
    free(block);
  }
}

void Fork() {
  void* const before = Keep(malloc(5001));
  const pid_t child = fork();
  if (child == 0) {
    free(before);
    Keep(malloc(5003));
    _exit(3);
  }
  int status;
  waitpid(child, &status, 0);
  free(Keep(malloc(5007)));
  std::printf("child %d\n", WEXITSTATUS(status));
}

}  // namespace

int main(int argc, char** argv) {
  const char* const way = argc > 1 ? argv[1] : "";
  if (std::strcmp(way, "kinds") == 0) EveryKind();
  if (std::strcmp(way, "threads") == 0) Threads();
  if (std::strcmp(way, "fork") == 0) Fork();
  for (int i = 0; i < 3001; ++i) Keep(malloc(1024));  // never freed
  std::printf("done\n");
  std::fflush(stdout);
  if (std::strcmp(way, "abort") == 0) abort();
  if (std::strcmp(way, "kill") == 0) kill(getpid(), SIGKILL);
  if (std::strcmp(way, "segv") == 0) *static_cast<volatile int*>(nullptr) = 1;
  if (std::strcmp(way, "_exit") == 0) _exit(5);
  if (std::strcmp(way, "signal") == 0) {
    raise(SIGUSR2);
    raise(SIGUSR2);
  }
  if (std::strcmp(way, "close") == 0) {  // as daemons do
    for (int fd = 3; fd < 100; ++fd) close(fd);
    for (int i = 0; i < 9001; ++i) free(Keep(malloc(1024)));
  }
  return 7;
}
