/* A multi-threaded C program for c_threads_test.sh: every function of the malloc family from many
 * threads, with contents checked, blocks freed by other threads, threads that come and go, and the
 * C library's own uses of malloc. Prints totals that do not depend on timing. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <regex.h>
#include <search.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { kThreads = 4, kSlots = 1000, kSteps = 120000, kShared = 64 };

#define CHECK(condition)                                                               \
  do {                                                                                 \
    if (!(condition)) {                                                                \
      fprintf(stderr, "c_threads: line %d: %s does not hold\n", __LINE__, #condition); \
      exit(1);                                                                         \
    }                                                                                  \
  } while (0)

struct block {
  unsigned char* bytes;
  size_t size;
  unsigned char fill;
};

/* Where threads leave blocks for one another. */
static struct {
  pthread_mutex_t mutex;
  struct block blocks[kShared];
  unsigned long swaps;
} shared = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static uint32_t next(uint64_t* state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(*state >> 33);
}

/* Mostly small; one in 64 up to 32 KiB; one in 1024 up to 2 MiB. */
static size_t some_size(uint64_t* state) {
  const uint32_t kind = next(state) % 1024;
  if (kind == 0) return next(state) % (2u << 20);
  if (kind < 16) return next(state) % (32u << 10);
  return next(state) % 600;
}

/* Blocks hold their fill at both ends and once per page. */
static void fill(struct block* block) {
  for (size_t i = 0; i < block->size; i += i < 64 ? 1 : 4096) block->bytes[i] = block->fill;
  if (block->size > 0) block->bytes[block->size - 1] = block->fill;
}

static void check_fill(const struct block* block, size_t size) {
  for (size_t i = 0; i < size; i += i < 64 ? 1 : 4096) CHECK(block->bytes[i] == block->fill);
}

static void allocate(struct block* block, uint64_t* state) {
  static const size_t alignments[] = {8, 16, 64, 256, 4096, 65536};
  const size_t alignment = alignments[next(state) % 6];
  size_t wanted = 1;
  void* p = NULL;
  block->size = some_size(state);
  block->fill = (unsigned char)next(state);
  switch (next(state) % 8) {
    case 0:
      p = calloc(block->size / 8 + 1, 8);
      for (size_t i = 0; i < block->size; i += 61) CHECK(((unsigned char*)p)[i] == 0);
      break;
    case 1:
      p = aligned_alloc(alignment, block->size);
      wanted = alignment;
      break;
    case 2:
      CHECK(posix_memalign(&p, alignment, block->size) == 0);
      wanted = alignment;
      break;
    case 3:
      p = reallocarray(NULL, block->size / 16 + 1, 16);
      break;
    default:
      p = malloc(block->size);
  }
  CHECK(p != NULL);
  CHECK((uintptr_t)p % (wanted > 1 ? wanted : block->size > 8 ? 16 : 8) == 0);
  CHECK(malloc_usable_size(p) >= block->size);
  block->bytes = p;
  fill(block);
}

static void reallocate(struct block* block, uint64_t* state) {
  const size_t size = some_size(state) + 1;
  const size_t kept = size < block->size ? size : block->size;
  unsigned char* p = realloc(block->bytes, size);
  CHECK(p != NULL);
  block->bytes = p;
  check_fill(block, kept > 0 ? kept - 1 : 0);
  block->size = size;
  fill(block);
}

static void release(struct block* block) {
  if (block->bytes != NULL) check_fill(block, block->size);
  errno = 12345;
  free(block->bytes);
  CHECK(errno == 12345);
  block->bytes = NULL;
  block->size = 0;
}

static void* churn(void* argument) {
  uint64_t state = (uint64_t)(uintptr_t)argument * 977 + 1;
  uint64_t total = 0;
  struct block* blocks = calloc(kSlots, sizeof *blocks);
  CHECK(blocks != NULL);
  for (int step = 0; step < kSteps; step++) {
    struct block* block = &blocks[next(&state) % kSlots];
    const uint32_t action = next(&state) % 16;
    if (action == 0) { /* hand the block over, and free what another thread left there */
      struct block* place = &shared.blocks[next(&state) % kShared];
      total += block->size;
      pthread_mutex_lock(&shared.mutex);
      struct block other = *place;
      *place = *block;
      shared.swaps++;
      pthread_mutex_unlock(&shared.mutex);
      memset(block, 0, sizeof *block);
      release(&other);
    } else if (action < 4 && block->bytes != NULL) {
      reallocate(block, &state);
      total += block->size;
    } else {
      release(block);
      allocate(block, &state);
      total += block->size;
    }
  }
  for (int i = 0; i < kSlots; i++) release(&blocks[i]);
  free(blocks);
  return (void*)(uintptr_t)total;
}

static uint64_t run_threads(int count, void* (*body)(void*), int first) {
  pthread_t threads[16];
  uint64_t total = 0;
  for (int i = 0; i < count; i++) {
    CHECK(pthread_create(&threads[i], NULL, body, (void*)(uintptr_t)(first + i)) == 0);
  }
  for (int i = 0; i < count; i++) {
    void* result = NULL;
    CHECK(pthread_join(threads[i], &result) == 0);
    total += (uintptr_t)result;
  }
  return total;
}

static pthread_key_t key;
static pthread_mutex_t left_mutex = PTHREAD_MUTEX_INITIALIZER;
static uint64_t left;

/* Runs as the thread ends, perhaps after the allocator's own clean-up, and needs it once more. */
static void at_thread_end(void* value) {
  char* text = NULL;
  const int length = asprintf(&text, "the end of %s", (char*)value);
  CHECK(length > 0);
  pthread_mutex_lock(&left_mutex);
  left += (uint64_t)length;
  pthread_mutex_unlock(&left_mutex);
  free(text);
  free(value);
}

static void* short_life(void* argument) {
  char* name = NULL;
  CHECK(asprintf(&name, "thread %d", (int)(uintptr_t)argument) > 0);
  CHECK(pthread_setspecific(key, name) == 0);
  void* blocks[50];
  for (size_t i = 0; i < 50; i++) CHECK((blocks[i] = malloc(i * i * 11)) != NULL);
  for (size_t i = 0; i < 50; i++) free(blocks[(i * 7) % 50]);
  return (void*)strlen(name);
}

static int compare_words(const void* a, const void* b) { return strcmp(a, b); }

/* getline, open_memstream, strdup, tsearch, regcomp, qsort: the C library's own callers. */
static void* library(void* argument) {
  uint64_t total = 0;
  char* text = NULL;
  size_t size = 0;
  FILE* out = open_memstream(&text, &size);
  CHECK(out != NULL);
  for (int i = 0; i < 8000; i++) fprintf(out, "%d word%d\n", i, (i * 7919) % 5003);
  fclose(out);
  FILE* in = fmemopen(text, size, "r");
  CHECK(in != NULL);
  regex_t pattern;
  CHECK(regcomp(&pattern, "(word)([0-9]*7)(.*)", REG_EXTENDED) == 0);
  void* root = NULL;
  char* line = NULL;
  size_t capacity = 0;
  ssize_t length;
  while ((length = getline(&line, &capacity, in)) > 0) {
    regmatch_t match[4];
    if (regexec(&pattern, line, 4, match, 0) == 0) total += (uint64_t)match[2].rm_so;
    char* copy = strdup(line);
    CHECK(copy != NULL);
    char** found = tsearch(copy, &root, compare_words);
    CHECK(found != NULL);
    if (*found != copy) free(copy);
    total += (uint64_t)length;
  }
  tdestroy(root, free);
  regfree(&pattern);
  free(line);
  fclose(in);
  free(text);
  return (void*)(uintptr_t)(total + (uintptr_t)argument);
}

static void impossible(void) {
  volatile size_t huge = PTRDIFF_MAX;
  errno = 0;
  CHECK(malloc(huge) == NULL && errno == ENOMEM);
  errno = 0;
  CHECK(malloc(huge + 1) == NULL && errno == ENOMEM);
  errno = 0;
  CHECK(calloc(huge, 3) == NULL && errno == ENOMEM);
  errno = 0;
  CHECK(reallocarray(NULL, huge, huge) == NULL && errno == ENOMEM);
  char* p = malloc(100);
  CHECK(p != NULL);
  strcpy(p, "still here");
  errno = 0;
  CHECK(realloc(p, huge) == NULL && errno == ENOMEM);
  printf("after impossible sizes: %s\n", p);
  free(p);
}

int main(void) {
  impossible();
  CHECK(pthread_key_create(&key, at_thread_end) == 0);
  printf("churn: %llu\n", (unsigned long long)run_threads(kThreads, churn, 0));
  for (int i = 0; i < kShared; i++) release(&shared.blocks[i]);
  printf("swaps: %d\n", shared.swaps > 0);
  uint64_t total = 0;
  for (int wave = 0; wave < 50; wave++) total += run_threads(8, short_life, wave * 8);
  printf("short lives: %llu %llu\n", (unsigned long long)total, (unsigned long long)left);
  printf("library: %llu\n", (unsigned long long)run_threads(kThreads, library, 0));
  return 0;
}
