// A replay plan: a trace as replay_worker runs it. A file that the runner makes and the worker
// reads on the same machine.
//
//   | ReplayHeader | ReplayThread ... | ReplayOp of thread 0 ... | of thread 1 ... | ...
//
// Blocks live in slots. A slot is reused when its block has been freed, so there are as many as
// blocks were live at once (with several threads at most a few more), and no thread can run so far
// ahead that more are live than in the trace. What happens to one slot happens in the order of its
// tickets 0, 1, 2, ...: an operation waits for its own. That is all the order between threads; it
// follows from the trace's, so there is always an operation that need not wait.
#ifndef HAKMEM_TOOLS_TRACE_REPLAY_FORMAT_H_
#define HAKMEM_TOOLS_TRACE_REPLAY_FORMAT_H_

#include <cstdint>

namespace hakmem::trace {

inline constexpr uint64_t kReplayMagic = 0x31594C5045524B48;  // "HKREPLY1"

struct ReplayHeader {
  uint64_t magic;
  uint64_t threads;
  uint64_t slots;
  uint64_t calls;  // operations that are calls of the allocator
};

struct ReplayThread {
  uint64_t offset;  // of its first operation, in the file
  uint64_t operations;
};

enum class ReplayCall : uint32_t {
  kMalloc,
  kCalloc,
  kRealloc,  // of the slot's block, or of NULL when it has none
  kAligned,
  kFree,
  kStart,  // starts thread `slot`, as the trace saw it first after the operation before
};

struct ReplayOp {
  uint64_t size;
  uint32_t slot;
  uint32_t ticket;
  ReplayCall call;
  uint32_t alignment_log2;
};
static_assert(sizeof(ReplayOp) == 24);

}  // namespace hakmem::trace

#endif  // HAKMEM_TOOLS_TRACE_REPLAY_FORMAT_H_
