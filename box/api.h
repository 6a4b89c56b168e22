// What the hak_* functions and the interposed ones share beyond the dispatch: argument checks and
// errno. Each has the contract of its hak_* counterpart (box/hakmem.h).
#ifndef HAKMEM_BOX_API_H_
#define HAKMEM_BOX_API_H_

#include <cstddef>

namespace hakmem {

void* ReallocateArray(void* p, size_t count, size_t size);
void* AlignedAlloc(size_t alignment, size_t size);
int PosixMemalign(void** out, size_t alignment, size_t size);
// hak_purge().
size_t Purge();

}  // namespace hakmem

#endif  // HAKMEM_BOX_API_H_
