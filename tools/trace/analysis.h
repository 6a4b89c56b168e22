// What a trace tells: how much was live when, how long blocks lived, what was never freed.
#ifndef HAKMEM_TOOLS_TRACE_ANALYSIS_H_
#define HAKMEM_TOOLS_TRACE_ANALYSIS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/call.h"
#include "core/size_classes.h"
#include "tools/trace/trace_file.h"

namespace hakmem::trace {

// A size class of hakmem, by the size that was asked for, or one of the two rows above them.
inline constexpr size_t kL25Row = kNumClasses;       // to 1 MiB
inline constexpr size_t kHugeRow = kNumClasses + 1;  // more
inline constexpr size_t kNumRows = kNumClasses + 2;

size_t RowOf(uint64_t size);
// What a block of `size` bytes takes: its class's stride, or whole pages.
uint64_t BlockBytes(uint64_t size);

struct RowStats {
  uint64_t blocks = 0;              // allocated
  uint64_t bytes = 0;               // requested
  std::vector<uint64_t> lifetimes;  // nanoseconds, ascending, of the blocks that were freed
  uint64_t peak_block_bytes = 0;    // the most that its live blocks took
  uint64_t live_blocks = 0;         // at the end
  uint64_t live_bytes = 0;
};

struct Moment {
  uint64_t time = 0;  // nanoseconds since the first event
  uint64_t blocks = 0;
  uint64_t bytes = 0;  // requested bytes of live blocks
};

struct Analysis {
  uint64_t events = 0;
  std::array<uint64_t, kNumCalls> calls = {};  // events by Call
  uint64_t threads = 0;
  uint64_t duration = 0;  // nanoseconds
  uint64_t failed = 0;    // requests that were not served
  uint64_t unknown = 0;   // frees and reallocs of blocks that are older than the trace
  uint64_t overlaps = 0;  // blocks handed out while live: a fault of the trace
  Moment peak;
  uint64_t peak_block_bytes = 0;  // the most that all live blocks took
  Moment end;
  std::vector<uint64_t> live_bytes;  // the most in each of equal parts of the duration
  std::array<RowStats, kNumRows> rows = {};
};

// A realloc counts as the end of one block and the beginning of another, wherever it lies.
// `intervals` is how many parts live_bytes has.
Analysis Analyze(const Trace& trace, size_t intervals);

}  // namespace hakmem::trace

#endif  // HAKMEM_TOOLS_TRACE_ANALYSIS_H_
