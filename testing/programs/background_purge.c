/* What background_purge_test.sh runs: a program that makes a thread, frees what it had, and waits.
 * Its one argument says what it is to find. */
#define _GNU_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kBlocks = 500, kBlockBytes = 200000, kPageBytes = 4096 };

#define CHECK(condition)                                                                      \
  do {                                                                                        \
    if (!(condition)) {                                                                       \
      fprintf(stderr, "background_purge: line %d: %s does not hold\n", __LINE__, #condition); \
      exit(1);                                                                                \
    }                                                                                         \
  } while (0)

static long resident_pages(void) {
  long total, resident;
  FILE* file = fopen("/proc/self/statm", "r");
  CHECK(file != NULL && fscanf(file, "%ld %ld", &total, &resident) == 2);
  fclose(file);
  return resident;
}

static int threads(void) {
  int count = 0;
  DIR* tasks = opendir("/proc/self/task");
  CHECK(tasks != NULL);
  while (readdir(tasks) != NULL) ++count;
  closedir(tasks);
  return count - 2; /* . and .. */
}

static void* nothing(void* unused) { return unused; }

static void make_a_thread(void) {
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, nothing, NULL) == 0);
  CHECK(pthread_join(thread, NULL) == 0);
}

/* 100 MB: how much of it is resident. */
static long fill_and_free(void) {
  static char* blocks[kBlocks];
  for (int i = 0; i < kBlocks; ++i) {
    blocks[i] = malloc(kBlockBytes);
    CHECK(blocks[i] != NULL);
    memset(blocks[i], i, kBlockBytes);
  }
  const long peak = resident_pages();
  for (int i = 0; i < kBlocks; ++i) free(blocks[i]);
  return peak;
}

/* However long it takes: the test bounds it. */
static void wait_until_it_went_back(void) {
  const long all = (long)kBlocks * kBlockBytes / kPageBytes;
  const long peak = fill_and_free();
  while (resident_pages() > peak - all * 9 / 10) usleep(20000);
}

static void* last_thread(void* unused) {
  usleep(200000); /* until the first one ended, as a rule */
  puts("the last thread ends, and so does the process");
  fflush(stdout);
  return unused;
}

int main(int argc, char** argv) {
  CHECK(argc == 2);
  if (strcmp(argv[1], "purge") == 0) {
    CHECK(threads() == 1);
    make_a_thread();
    for (int wave = 0; wave < 2; ++wave) wait_until_it_went_back();
    /* A child has none, and gets one with its own first thread. */
    const pid_t child = fork();
    if (child == 0) {
      CHECK(threads() == 1);
      make_a_thread();
      wait_until_it_went_back();
      _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
  } else if (strcmp(argv[1], "none") == 0) {
    make_a_thread();
    fill_and_free();
    /* A thread that was joined may still be seen for a moment. */
    for (int i = 0; i < 1000 && threads() > 1; ++i) usleep(10000);
    CHECK(threads() == 1);
  } else { /* exit */
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, last_thread, NULL) == 0);
    CHECK(pthread_detach(thread) == 0);
    pthread_exit(NULL);
  }
  return 0;
}
