// Traces for tests, written event by event.
#ifndef HAKMEM_TOOLS_TRACE_TEST_TRACE_H_
#define HAKMEM_TOOLS_TRACE_TEST_TRACE_H_

#include <cstdint>

#include "core/call.h"
#include "tools/trace/trace_file.h"

namespace hakmem::trace {

// Each event is a microsecond after the one before.
class TestTrace {
 public:
  TestTrace& Allocate(uint32_t thread, uint64_t address, uint64_t size, Call call = Call::kMalloc,
                      uint8_t alignment_log2 = 0) {
    return Add({.address = address,
                .size = size,
                .thread = thread,
                .call = static_cast<uint8_t>(call),
                .alignment_log2 = alignment_log2});
  }
  TestTrace& Reallocate(uint32_t thread, uint64_t old_address, uint64_t address, uint64_t size) {
    return Add({.address = address,
                .size = size,
                .old_address = old_address,
                .thread = thread,
                .call = static_cast<uint8_t>(Call::kRealloc)});
  }
  TestTrace& Free(uint32_t thread, uint64_t address, Call call = Call::kFree) {
    return Add({.address = address, .thread = thread, .call = static_cast<uint8_t>(call)});
  }

  const Trace& trace() const { return trace_; }

 private:
  TestTrace& Add(TraceEvent event) {
    event.time = 5'000'000 + 1000 * trace_.events.size();
    trace_.events.push_back(event);
    return *this;
  }

  Trace trace_{.program = "test", .process = 42, .events = {}};
};

}  // namespace hakmem::trace

#endif  // HAKMEM_TOOLS_TRACE_TEST_TRACE_H_
