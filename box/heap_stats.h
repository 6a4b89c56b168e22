// The state of the heap, gathered by a walk over the region map when somebody asks: the hit path
// keeps no statistics. Figures of running threads are a moment's, not a consistent cut.
#ifndef HAKMEM_BOX_HEAP_STATS_H_
#define HAKMEM_BOX_HEAP_STATS_H_

#include <cstddef>

#include "core/size_classes.h"
#include "core/text.h"
#include "superslab/superslab_heap.h"

namespace hakmem {

struct HeapStats {
  struct PerClass {
    size_t slabs = 0;
    size_t blocks_out = 0;  // live, or in a thread's cache
  };
  PerClass classes[kNumClasses];
  size_t runs = 0;
  size_t run_bytes = 0;
  size_t kept_run_bytes = 0;  // of runs that hold no block, as heaps keep them: in used_units
  size_t heaps = 0;
  size_t purged_pages = 0;  // of slabs in use, since the start
  SuperslabHeap::Totals totals;

  // Bytes that hold no block and may have memory: free units, and kept runs.
  size_t FreeBytes() const { return totals.dirty_units * kUnitBytes + kept_run_bytes; }
  // Bytes of all blocks out, and of the slabs that hold them.
  size_t SlabBlockBytes() const;
  size_t SlabBytes() const;
};

HeapStats CollectHeapStats();

// Room for the longest of the documents below, some 100 bytes for each class: mapped, as it may be
// more than the thread's stack has left. What is written is lost where there is no memory.
class HeapText {
 public:
  HeapText();
  ~HeapText();
  HeapText(const HeapText&) = delete;
  HeapText& operator=(const HeapText&) = delete;

  TextWriter& out() { return out_; }

 private:
  char* const memory_;
  TextWriter out_;
};

// One JSON object.
void WriteJson(const HeapStats& stats, TextWriter& out);
// glibc's malloc_info() document, with the figures of this heap.
void WriteXml(const HeapStats& stats, TextWriter& out);
// A table for people, to a file descriptor.
void PrintHeapStats(int fd);

// What hak_version() says.
const char* Version();

}  // namespace hakmem

#endif  // HAKMEM_BOX_HEAP_STATS_H_
