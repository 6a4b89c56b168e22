// Hardware counters of a child process and of all that it starts, where the kernel offers them.
//
// Virtual machines often have none, and a kernel may refuse them (perf_event_paranoid): then there
// is no figure, which is not an error. Counts are of user mode.
#ifndef BENCH_COMPARE_PERF_COUNTERS_H_
#define BENCH_COMPARE_PERF_COUNTERS_H_

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace hakmem::bench {

// What to count: `type` and `config` as in perf_event_open(2).
struct PerfEvent {
  std::string name;
  uint32_t type;
  uint64_t config;
};

// "instructions" and "dtlb_misses" (of loads).
const std::vector<PerfEvent>& HardwareEvents();

// Counts from the exec of the process on, until this object is destroyed. Not thread-safe.
class PerfCounters {
 public:
  // `process` must not have called exec yet. Events that can't be counted are left out.
  PerfCounters(const std::vector<PerfEvent>& events, pid_t process);
  ~PerfCounters();
  PerfCounters(const PerfCounters&) = delete;
  PerfCounters& operator=(const PerfCounters&) = delete;

  // The counts so far, by name. Those of children are added when they end.
  std::map<std::string, double> Read() const;

 private:
  std::map<std::string, int> descriptors_;  // one for each event that is counted
};

}  // namespace hakmem::bench

#endif  // BENCH_COMPARE_PERF_COUNTERS_H_
