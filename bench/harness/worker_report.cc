#include "bench/harness/worker_report.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace hakmem::bench {
namespace {

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

uint64_t ReadPeakRssKib() {
  const int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  char text[8192];  // the line stands in the first kilobyte
  size_t length = 0;
  while (length < sizeof(text) - 1) {
    const ssize_t got = read(file, text + length, sizeof(text) - 1 - length);
    if (got <= 0) break;
    length += static_cast<size_t>(got);
  }
  close(file);
  text[length] = '\0';
  return ParsePeakRssKib(text);
}

// The file of the object that the dynamic linker binds malloc to.
const char* MallocLibrary() {
  void* address = dlsym(RTLD_DEFAULT, "malloc");
  Dl_info info;
  if (address == nullptr || dladdr(address, &info) == 0 || info.dli_fname == nullptr) return "?";
  return info.dli_fname;
}

// What the allocator says of itself, as FormatHeap and FormatSteps write it.
void ReadHeap(char* heap, size_t heap_capacity, char* steps, size_t steps_capacity) {
  heap[0] = '\0';
  steps[0] = '\0';
  using HakStats = size_t(char*, size_t);
  auto* hak_stats = reinterpret_cast<HakStats*>(dlsym(RTLD_DEFAULT, "hak_stats"));
  if (hak_stats == nullptr) return;
  static char json[64 * 1024];
  hak_stats(json, sizeof(json));
  FormatHeap(json, heap, heap_capacity);
  FormatSteps(json, steps, steps_capacity);
}

}  // namespace

int ReportDescriptor() {
  return fcntl(kReportDescriptor, F_GETFD) != -1 ? kReportDescriptor : STDOUT_FILENO;
}

void FormatSteps(const char* json, char* text, size_t capacity) {
  constexpr char kKey[] = "\"steps\": {";
  text[0] = '\0';
  const char* at = strstr(json, kKey);
  if (at == nullptr) return;
  at += strlen(kKey);
  size_t length = 0;
  char name[64];
  uint64_t count;
  int consumed = 0;
  while (sscanf(at, " \"%63[a-z0-9_]\": %" SCNu64 "%n", name, &count, &consumed) == 2) {
    const int added = snprintf(text + length, capacity - length, " steps.%s=%" PRIu64, name, count);
    length += static_cast<size_t>(added);
    if (length >= capacity) {
      text[0] = '\0';
      return;
    }
    at += consumed;
    if (*at == ',') ++at;
  }
}

void FormatHeap(const char* json, char* text, size_t capacity) {
  text[0] = '\0';
  uint64_t metadata = 0;
  uint64_t used = 0;
  const char* at = strstr(json, "\"metadata_bytes\":");
  if (at == nullptr || sscanf(at, "\"metadata_bytes\": %" SCNu64, &metadata) != 1) return;
  at = strstr(json, "\"peak_used_bytes\":");
  if (at == nullptr || sscanf(at, "\"peak_used_bytes\": %" SCNu64, &used) != 1) return;
  const int length =
      snprintf(text, capacity, " heap.metadata_bytes=%" PRIu64 " heap.peak_used_bytes=%" PRIu64,
               metadata, used);
  if (static_cast<size_t>(length) >= capacity) text[0] = '\0';
}

uint64_t ParsePeakRssKib(const char* status_text) {
  const char* line = strstr(status_text, "VmHWM:");
  return line == nullptr ? 0 : strtoull(line + strlen("VmHWM:"), nullptr, 10);
}

ProcessUsage ReadProcessUsage() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return {.peak_rss_kib = ReadPeakRssKib(),
          .user_seconds = Seconds(usage.ru_utime),
          .system_seconds = Seconds(usage.ru_stime),
          .minor_faults = static_cast<uint64_t>(usage.ru_minflt),
          .major_faults = static_cast<uint64_t>(usage.ru_majflt)};
}

bool WriteReport(int descriptor, const WorkDone& work, const ProcessUsage& usage,
                 const char* extra) {
  const char* space = *extra == '\0' ? "" : " ";
  char heap[128];
  char steps[1024];
  ReadHeap(heap, sizeof(heap), steps, sizeof(steps));
  return dprintf(descriptor,
                 "operations=%" PRIu64 " seconds=%.9f threads=%" PRIu64 " peak_rss_kib=%" PRIu64
                 " user_seconds=%.6f system_seconds=%.6f minor_faults=%" PRIu64
                 " major_faults=%" PRIu64 "%s%s%s%s malloc_library=%s\n",
                 work.operations, work.seconds, work.threads, usage.peak_rss_kib,
                 usage.user_seconds, usage.system_seconds, usage.minor_faults, usage.major_faults,
                 space, extra, heap, steps, MallocLibrary()) > 0;
}

}  // namespace hakmem::bench
