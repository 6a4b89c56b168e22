/* The launcher of startup_test.sh:
 *
 *   peak_rss RUNS PROGRAM            prints a line for each of RUNS runs of PROGRAM:
 *   peak_rss RUNS PROGRAM LIBRARY    the same with LD_PRELOAD=LIBRARY
 *
 * each line: the run's peak resident set in KiB, as the kernel kept it when the process ended.
 *
 * A process that vforks and executes hands its own peak down to the new program (the kernel keeps
 * the larger of the two), hence this file is linked statically, takes no memory to speak of, and
 * refuses to report a run that stayed under its own peak.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs `program` with environment `environment`; its peak in KiB, or -1. */
static long peak(const char* program, char** environment) {
  char* const arguments[] = {(char*)program, NULL};
  const pid_t pid = vfork();
  if (pid == 0) {
    execve(program, arguments, environment);
    _exit(127);
  }
  int status = 0;
  struct rusage usage;
  if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || status != 0) return -1;
  return usage.ru_maxrss;
}

/* This process's own peak in KiB. Not getrusage's, which still knows the shell it was forked from.
 */
static long own_peak(void) {
  long kib = -1;
  char line[256];
  FILE* status = fopen("/proc/self/status", "r");
  if (status == NULL) return -1;
  while (fgets(line, sizeof line, status) != NULL) {
    if (sscanf(line, "VmHWM: %ld", &kib) == 1) break;
  }
  fclose(status);
  return kib;
}

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    fprintf(stderr, "usage: peak_rss RUNS PROGRAM [LIBRARY]\n");
    return 2;
  }
  char preload[4096] = "";
  char* environment[] = {argc == 4 ? preload : NULL, NULL};
  if (argc == 4) snprintf(preload, sizeof preload, "LD_PRELOAD=%s", argv[3]);
  for (int runs = atoi(argv[1]); runs > 0; runs--) {
    const long kib = peak(argv[2], environment);
    if (kib <= own_peak()) {
      fprintf(stderr, "peak_rss: %s: %ld KiB, and the launcher itself %ld\n", argv[2], kib,
              own_peak());
      return 1;
    }
    printf("%ld\n", kib);
  }
  return 0;
}
