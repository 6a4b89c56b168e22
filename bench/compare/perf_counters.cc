#include "bench/compare/perf_counters.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace hakmem::bench {

const std::vector<PerfEvent>& HardwareEvents() {
  static const auto* const events = new std::vector<PerfEvent>{
      {"instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
      {"dtlb_misses", PERF_TYPE_HW_CACHE,
       PERF_COUNT_HW_CACHE_DTLB | PERF_COUNT_HW_CACHE_OP_READ << 8 |
           PERF_COUNT_HW_CACHE_RESULT_MISS << 16},
  };
  return *events;
}

PerfCounters::PerfCounters(const std::vector<PerfEvent>& events, pid_t process) {
  for (const PerfEvent& event : events) {
    perf_event_attr attributes = {};
    attributes.size = sizeof(attributes);
    attributes.type = event.type;
    attributes.config = event.config;
    attributes.disabled = 1;
    attributes.enable_on_exec = 1;
    attributes.inherit = 1;
    attributes.exclude_kernel = 1;
    attributes.exclude_hv = 1;
    const long descriptor =
        syscall(SYS_perf_event_open, &attributes, process, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (descriptor >= 0) descriptors_[event.name] = static_cast<int>(descriptor);
  }
}

PerfCounters::~PerfCounters() {
  for (const auto& [name, descriptor] : descriptors_) close(descriptor);
}

std::map<std::string, double> PerfCounters::Read() const {
  std::map<std::string, double> counts;
  for (const auto& [name, descriptor] : descriptors_) {
    uint64_t count = 0;
    if (read(descriptor, &count, sizeof(count)) == sizeof(count)) {
      counts[name] = static_cast<double>(count);
    }
  }
  return counts;
}

}  // namespace hakmem::bench
