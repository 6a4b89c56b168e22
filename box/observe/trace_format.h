// The trace file: what HAKMEM_MEM_TRACE=1 writes, and //tools:trace reads.
//
//   0               4096                                             the file's end
//   | header | zeros | event | event | ... | event | zeros | event | ... | zeros |
//                     <------ a chunk, written by ------> <- another chunk ->
//                             one thread at a time
//
//   event, 40 bytes:
//   0        8         16       24            32       36     37           38
//   | time   | address | size   | old_address | thread | call | alignment  | 0 0 |
//
// - An event whose call is 0 was never written. There are such at the end of every chunk, and
//   possibly one elsewhere: that of a thread that a signal stopped while it wrote.
// - Times are nanoseconds since observation began, and unique: they put the events of all threads
//   into one order, in which no block is live twice. A free stands before the block was given back,
//   an allocation after it was made, a realloc between the two. Within a chunk they ascend.
// - Not in a trace: what was allocated before our constructor ran, or, in the trace of a forked
//   process, before the fork. Their addresses occur in frees and reallocs all the same. Nor
//   requests whose size overflows.
// - A process writes one file. It may end at any moment, by any means: what it wrote is there.
// - Numbers are in the byte order of the machine, which the header tells.
#ifndef HAKMEM_BOX_OBSERVE_TRACE_FORMAT_H_
#define HAKMEM_BOX_OBSERVE_TRACE_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace hakmem {

inline constexpr char kTraceMagic[8] = {'H', 'A', 'K', 'T', 'R', 'A', 'C', 'E'};
inline constexpr uint32_t kTraceVersion = 1;
inline constexpr uint32_t kTraceByteOrder = 0x01020304;

struct TraceHeader {
  char magic[8];
  uint32_t byte_order;  // kTraceByteOrder, in the writer's order
  uint32_t version;
  uint32_t process;  // ids
  uint32_t parent;
  char program[64];  // its name, cut, ends with a 0
};

struct TraceEvent {
  uint64_t time = 0;
  uint64_t address = 0;        // of the block; 0 when the request failed
  uint64_t size = 0;           // as requested, in bytes; 0 in a free
  uint64_t old_address = 0;    // of a realloc: the block that there was, or 0
  uint32_t thread = 0;         // 1, 2, ... in the order in which threads first allocated
  uint8_t call = 0;            // a Call (core/call.h)
  uint8_t alignment_log2 = 0;  // of the alignment asked for; 0: none was
  uint16_t zero = 0;
};

// Offset of the first event.
inline constexpr size_t kTraceHeaderBytes = 4096;
// Whole pages of whole events.
inline constexpr size_t kTraceChunkBytes = 20 * 4096;
inline constexpr size_t kEventsPerChunk = kTraceChunkBytes / sizeof(TraceEvent);

static_assert(sizeof(TraceEvent) == 40 && offsetof(TraceEvent, call) == 36);
static_assert(sizeof(TraceHeader) == 88 && sizeof(TraceHeader) <= kTraceHeaderBytes);
static_assert(kTraceChunkBytes % sizeof(TraceEvent) == 0);
static_assert(std::is_trivially_copyable_v<TraceEvent>);

}  // namespace hakmem

#endif  // HAKMEM_BOX_OBSERVE_TRACE_FORMAT_H_
