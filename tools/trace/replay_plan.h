// Makes a replay plan (tools/trace/replay_format.h) of a trace.
//
// What is not as in the trace: time between calls is left out; operator new and delete are malloc
// and free; requests that failed and frees of blocks that are older than the trace are left out;
// what was never freed is freed when all threads have ended.
#ifndef HAKMEM_TOOLS_TRACE_REPLAY_PLAN_H_
#define HAKMEM_TOOLS_TRACE_REPLAY_PLAN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tools/trace/replay_format.h"
#include "tools/trace/trace_file.h"

namespace hakmem::trace {

struct ReplayPlan {
  uint64_t slots = 0;
  uint64_t calls = 0;
  std::vector<std::vector<ReplayOp>> threads;  // the first one is started first
};

ReplayPlan MakePlan(const Trace& trace);

// Writes the plan to the file `path`, replacing it.
absl::Status WritePlan(const ReplayPlan& plan, const std::string& path);

}  // namespace hakmem::trace

#endif  // HAKMEM_TOOLS_TRACE_REPLAY_PLAN_H_
