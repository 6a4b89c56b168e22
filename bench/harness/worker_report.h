// How a worker process tells its runner what it measured: one line of key=value pairs on a pipe.
//
// Part of every worker, so it needs nothing of the C++ library at run time. The figures common to
// all workloads are gathered here, so that every benchmark means the same by them.
#ifndef BENCH_HARNESS_WORKER_REPORT_H_
#define BENCH_HARNESS_WORKER_REPORT_H_

#include <cstddef>
#include <cstdint>

namespace hakmem::bench {

// The file descriptor of the worker that the report goes to.
inline constexpr int kReportDescriptor = 3;

// What the workload did.
struct WorkDone {
  uint64_t operations;  // over all threads
  double seconds;       // on the monotonic clock
  uint64_t threads;     // at work at a time
};

// What one process used so far.
struct ProcessUsage {
  // The high-water mark of resident memory, in KiB: VmHWM of /proc/self/status. Not ru_maxrss,
  // which a child inherits from the process that spawned it. 0 when it can't be read.
  uint64_t peak_rss_kib;
  double user_seconds;
  double system_seconds;
  uint64_t minor_faults;
  uint64_t major_faults;
};

// Reads the usage of the calling process. Allocates nothing.
ProcessUsage ReadProcessUsage();

// The value of the line `VmHWM: ... kB` in the text of a status file, 0 when there is none.
uint64_t ParsePeakRssKib(const char* status_text);

// Where the report goes: kReportDescriptor, or stdout for a worker that somebody starts by hand.
int ReportDescriptor();

// Turns the "steps" of a hak_stats() document into " steps.NAME=COUNT" for each; "" when it has
// none or `capacity` bytes are too few.
void FormatSteps(const char* json, char* text, size_t capacity);

// Turns the sizes of the heap in such a document into " heap.NAME=BYTES" for metadata_bytes and
// peak_used_bytes; "" when it lacks one or `capacity` bytes are too few.
void FormatHeap(const char* json, char* text, size_t capacity);

// Writes the report: the figures of `work` and of `usage`, then `extra` ("key=number key=number",
// may be empty), then, under an allocator with hak_stats(), the sizes of its heap and the steps
// that it counts; last the file that malloc comes from, so that the runner sees whether the preload
// took effect. Returns false when it can't be written.
bool WriteReport(int descriptor, const WorkDone& work, const ProcessUsage& usage,
                 const char* extra);

}  // namespace hakmem::bench

#endif  // BENCH_HARNESS_WORKER_REPORT_H_
