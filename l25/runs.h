// L25 runs: blocks above 32 KiB, each in whole units of its own.
//
//   |<------------------ units ------------------->|
//   | H | user bytes, to a page's end |  untouched |      H: AllocHeader, header variant only
//
// Only the pages that a block asked for are ever touched; the rest of its last unit, or of a kept
// run that is a little longer, is address space alone, or has pages of before. Blocks of more than
// a superslab are huge; they are runs too.
//
// A run is named by the number of its first unit. Thread-safe; the run itself is its holder's.
#ifndef HAKMEM_L25_RUNS_H_
#define HAKMEM_L25_RUNS_H_

#include <cstddef>

#include "core/compiler.h"
#include "superslab/process.h"
#include "superslab/superslab_heap.h"

namespace hakmem {

// A block of `size` bytes whose address is a multiple of `alignment`: a power of two, at least 16
// (in the header variant exactly 16). `*zeroed` tells whether it reads as zero. Null and ENOMEM
// when memory is exhausted or the request is beyond PTRDIFF_MAX.
// `gathering`, `moved_to`, `*mixed`: see SuperslabHeap::Allocate.
HAK_NOINLINE void* RunAllocate(size_t size, size_t alignment, bool* zeroed,
                               SuperslabHeap::Gathering gathering, size_t moved_to = 0,
                               bool* mixed = nullptr);

// The record of run `u`, and where its block starts.
inline Run* RunRecord(size_t u) { return process.superslabs.space().run(u); }
inline char* RunBlock(size_t u) { return process.superslabs.map().UnitStart(u) + kFirstBlock; }

// Whether `p`, in unit `u` whose region map byte is kRun, is the start of the run's block.
inline bool IsRunBlock(size_t u, const void* p) { return p == RunBlock(u); }

// Whether run `u` holds a block; not while a heap keeps it.
inline bool IsRunLive(size_t u) { return RunRecord(u)->bytes() != 0; }

// Frees run `u`. `clean`: its pages were moved away.
HAK_NOINLINE void RunFree(size_t u, bool clean = false);

// Changes the size of run `u` without moving it, to one above 32 KiB; false when that can't be.
bool RunResize(size_t u, size_t size);

// Bytes that the caller of run `u` may use.
inline size_t RunUsableBytes(size_t u) {
  return RunRecord(u)->bytes() - kFirstBlock - kSlotOverhead;
}
// Units of run `u`.
inline size_t RunUnits(size_t u) { return RunRecord(u)->units(); }

}  // namespace hakmem

#endif  // HAKMEM_L25_RUNS_H_
