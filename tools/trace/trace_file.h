// Reads a trace file (box/observe/trace_format.h) into memory.
#ifndef HAKMEM_TOOLS_TRACE_TRACE_FILE_H_
#define HAKMEM_TOOLS_TRACE_TRACE_FILE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "box/observe/trace_format.h"

namespace hakmem::trace {

struct Trace {
  std::string program;
  uint32_t process = 0;
  std::vector<TraceEvent> events;  // in the order of their times
};

// An error says what is wrong with the file: not there, not a trace, of another version or byte
// order, or with an event that no writer makes. A file whose last chunk is cut off is fine.
absl::StatusOr<Trace> ReadTrace(const std::string& path);

}  // namespace hakmem::trace

#endif  // HAKMEM_TOOLS_TRACE_TRACE_FILE_H_
