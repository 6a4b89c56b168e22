#include "bench/empty_calls.h"

namespace hakmem::bench {

void* EmptyMalloc(size_t) { return nullptr; }
void EmptyFree(void*) {}

}  // namespace hakmem::bench
