// What happens to a large run's pages as a whole, rather than byte by byte: mremap() moves them to
// a new run where it can't grow in place, and where it must be zero those that are stay as they
// are.
#ifndef HAKMEM_L25_RUN_PAGES_H_
#define HAKMEM_L25_RUN_PAGES_H_

#include <cstddef>

namespace hakmem {

// From here on a run's pages are moved rather than copied when it has to move. The system calls and
// the page table's work cost less than touching fresh pages (780 ns each, docs/design.md).
inline constexpr size_t kMovePagesFrom = 256 * 1024;

// From here on a run gets fresh pages from the kernel instead of zeroes, unless it seems to have
// been used as a whole: of arrays this large programs often touch little.
inline constexpr size_t kFreshPagesFrom = 32 * 1024 * 1024;

// Makes the block `p` of a run of `bytes` bytes read as zero. Of what does so already nothing is
// written: pages that have no memory behind them, as programs touch little of some large arrays,
// get none.
// `mixed`: only some of its units may have memory, so that of a large run most pages may have none:
// then none are looked at.
void RunZero(void* p, size_t bytes, bool mixed);

// Moves the pages of run `u`, or what they hold where the kernel can't, to a new run with room for
// `size` bytes, which need more units than it has. The new block, and `u` is left to free, `*clean`
// as in RunFree; or null when memory is exhausted: then nothing changed.
void* RunMovePages(size_t u, size_t size, bool* clean);

}  // namespace hakmem

#endif  // HAKMEM_L25_RUN_PAGES_H_
