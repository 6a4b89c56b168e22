// C++ interposition: the nothrow forms of operator new. They return null where the others throw,
// also when it is the new-handler that throws ([new.delete.single]/7): so this file alone is built
// with exceptions. The C++ runtime's part in catching them is referenced weakly, so that a C
// program, which never gets here, need not load it. (In a plugin of one, what a new-handler throws
// passes through.)
#include <cstddef>
#include <new>

#include "box/hakmem.h"
#include "box/malloc_cpp.h"

__asm__(".weak __gxx_personality_v0\n\t.weak __cxa_begin_catch\n\t.weak __cxa_end_catch");

namespace {

template <typename New>
void* NullForThrow(New&& allocate) noexcept {
  try {
    return allocate();
  } catch (...) {
    return nullptr;
  }
}

}  // namespace

HAKMEM_PUBLIC void* operator new(size_t n, const std::nothrow_t&) noexcept {
  return NullForThrow([n] { return hakmem::NewOrNull(n); });
}
HAKMEM_PUBLIC void* operator new[](size_t n, const std::nothrow_t&) noexcept {
  return NullForThrow([n] { return hakmem::NewOrNull(n); });
}
HAKMEM_PUBLIC void* operator new(size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
  return NullForThrow([n, a] { return hakmem::NewOrNull(n, a); });
}
HAKMEM_PUBLIC void* operator new[](size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
  return NullForThrow([n, a] { return hakmem::NewOrNull(n, a); });
}
