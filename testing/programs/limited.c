/* A C program for ulimit_test.sh, run with an address space of 512 MiB: it holds 320 MiB of small,
 * then medium, then large blocks, so that the address space of one kind has to serve the next;
 * takes memory until none is left, more than once; and shares it among threads. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define MIB ((size_t)1 << 20)

#define CHECK(condition)                                                             \
  do {                                                                               \
    if (!(condition)) {                                                              \
      fprintf(stderr, "limited: line %d: %s does not hold\n", __LINE__, #condition); \
      exit(1);                                                                       \
    }                                                                                \
  } while (0)

/* A list that goes through the blocks themselves: no memory but theirs. */
struct node {
  struct node* next;
  size_t size;
};

static struct node* push(struct node* list, size_t size) {
  struct node* node = malloc(size);
  if (node == NULL) return NULL;
  /* One byte per page: the memory is really there. */
  for (size_t i = 0; i < size; i += 4096) ((volatile char*)node)[i] = 1;
  node->next = list;
  node->size = size;
  return node;
}

static void free_all(struct node* list, size_t size) {
  while (list != NULL) {
    struct node* next = list->next;
    CHECK(list->size == size);
    free(list);
    list = next;
  }
}

/* Holds `total` bytes in blocks of `size`. */
static void hold(size_t total, size_t size) {
  struct node* list = NULL;
  for (size_t held = 0; held < total; held += size) {
    struct node* longer = push(list, size);
    if (longer == NULL) {
      fprintf(stderr, "limited: %zu bytes of %zu in blocks of %zu, then %s\n", held, total, size,
              strerror(errno));
      exit(1);
    }
    list = longer;
  }
  free_all(list, size);
  printf("held %zu MiB in blocks of %zu\n", total / MIB, size);
}

/* Takes blocks of `size` until there are no more. At least `least` bytes have to come. */
static void exhaust(size_t size, size_t least) {
  struct node* list = NULL;
  size_t held = 0;
  for (;;) {
    errno = 0;
    struct node* longer = push(list, size);
    if (longer == NULL) break;
    list = longer;
    held += size;
  }
  CHECK(errno == ENOMEM);
  /* With nothing left, a block that cannot grow stays as it was. */
  list->size = 77;
  errno = 0;
  struct node* grown = realloc(list, 600 * MIB);
  CHECK(grown == NULL && errno == ENOMEM && list->size == 77);
  list->size = size;
  CHECK(calloc(600, MIB) == NULL);
  free_all(list, size);
  if (held < least) {
    fprintf(stderr, "limited: only %zu bytes in blocks of %zu\n", held, size);
    exit(1);
  }
  printf("exhausted with blocks of %zu\n", size);
}

static void* in_thread(void* argument) {
  const size_t size = (size_t)(uintptr_t)argument;
  for (int round = 0; round < 3; round++) {
    struct node* list = NULL;
    for (size_t held = 0; held < 20 * MIB; held += size) {
      list = push(list, size);
      CHECK(list != NULL);
    }
    free_all(list, size);
  }
  return NULL;
}

static void hold_each_kind(void) {
  static const size_t sizes[] = {64, 3000, 20000, 3 * MIB, 40 * MIB};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) hold(320 * MIB, sizes[i]);
}

static void hold_again(void) { hold(320 * MIB, 500); }

static void share_among_threads(void) {
  static const size_t sizes[] = {100, 2000, 30000, MIB};
  pthread_t threads[4];
  pthread_attr_t attributes;
  CHECK(pthread_attr_init(&attributes) == 0);
  CHECK(pthread_attr_setstacksize(&attributes, MIB) == 0);
  for (int i = 0; i < 4; i++) {
    CHECK(pthread_create(&threads[i], &attributes, in_thread, (void*)sizes[i]) == 0);
  }
  for (int i = 0; i < 4; i++) CHECK(pthread_join(threads[i], NULL) == 0);
  printf("threads\n");
}

static void exhaust_each_kind(void) {
  exhaust(MIB, 256 * MIB);
  exhaust(200, 256 * MIB);
  exhaust(MIB, 256 * MIB);
}

static void grow(void) {
  char* text = NULL;
  for (size_t size = 1; size <= 160 * MIB; size += size / 2 + 1) {
    char* longer = realloc(text, size);
    CHECK(longer != NULL);
    text = longer;
    text[size - 1] = 'x';
  }
  free(text);
  printf("grown\n");
}

int main(int argc, char** argv) {
  static const struct {
    const char* name;
    void (*run)(void);
  } parts[] = {{"hold", hold_each_kind},
               {"threads", share_among_threads},
               {"exhaust", exhaust_each_kind},
               {"grow", grow},
               {"again", hold_again}};
  struct rlimit limit;
  CHECK(getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur == 512 * MIB);
  CHECK(malloc(600 * MIB) == NULL && errno == ENOMEM);
  for (int i = 1; i < argc; i++) {
    for (size_t part = 0; part < sizeof parts / sizeof parts[0]; part++) {
      if (strcmp(argv[i], parts[part].name) == 0) parts[part].run();
    }
  }
  return 0;
}
