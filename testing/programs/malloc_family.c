/* Every function of the malloc family, in threads too, for valgrind_test.sh. Prints "ok" and exits
 * with 7. */
#define _GNU_SOURCE
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* C23: glibc 2.36 lacks them, hakmem has them. */
__attribute__((weak)) void free_sized(void* p, size_t size);
__attribute__((weak)) void free_aligned_sized(void* p, size_t alignment, size_t size);

/* Writes a block of `size` bytes and gives it back. */
static void use(void* p, size_t size) {
  if (p == NULL) exit(1);
  memset(p, 'x', size);
  free(p);
}

static void* work(void* argument) {
  for (size_t size = 1; size < 3000000; size = size * 5 / 3 + 1) {
    void* p = NULL;
    use(malloc(size), size);
    use(calloc(2, size), 2 * size);
    use(realloc(malloc(10), size), size);
    use(reallocarray(malloc(10), size, 3), 3 * size);
    use(reallocarray(NULL, size, 3), 3 * size);
    use(memalign(64, size), size);
    use(aligned_alloc(256, size), size);
    use(valloc(size), size);
    if (posix_memalign(&p, 4096, size) != 0) exit(1);
    use(p, size);
    p = malloc(size);
    use(p, malloc_usable_size(p));
  }
  return argument;
}

int main(void) {
  pthread_t threads[3];
  for (int i = 0; i < 3; ++i) pthread_create(&threads[i], NULL, work, NULL);
  work(NULL);
  for (int i = 0; i < 3; ++i) pthread_join(threads[i], NULL);
  /* glibc's own pvalloc() is one that Valgrind ends a program for. */
  if (free_sized != NULL && free_aligned_sized != NULL) {
    use(pvalloc(100), 100);
    free_sized(malloc(100), 100);
    free_aligned_sized(aligned_alloc(64, 100), 64, 100);
  }
  malloc_trim(0);
  puts("ok");
  return 7;
}
