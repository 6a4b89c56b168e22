// C++ interposition: the forms of operator new and delete that the standard defines by others
// ([new.delete]): arrays by single objects; with a size, or of delete with std::nothrow, by
// without. A program may have replaced only the others: so what their names mean in the program,
// which the dynamic linker knows (operators.lds), is called, unless it is ours.
#include <cstddef>
#include <new>

#include "box/malloc_cpp.h"
#include "core/compiler.h"

using hakmem::Delete;
using hakmem::IsOurs;
using hakmem::New;
using hakmem::OwnDelete;
using hakmem::OwnNew;
using std::align_val_t;
using std::nothrow_t;

namespace {

// As the program deletes single objects.
HAK_INLINE void DeleteSingle(void* p) {
  return IsOurs<void(void*)>(operator delete, OwnDelete) ? Delete(p) : operator delete(p);
}

}  // namespace

HAKMEM_OPERATOR void* operator new[](size_t n) {
  return IsOurs<void*(size_t)>(operator new, OwnNew) ? New(n) : operator new(n);
}
HAKMEM_OPERATOR void* operator new[](size_t n, align_val_t a) { return operator new(n, a); }

HAKMEM_OPERATOR void operator delete(void* p, size_t) noexcept { DeleteSingle(p); }
HAKMEM_OPERATOR void operator delete[](void* p) noexcept { DeleteSingle(p); }
HAKMEM_OPERATOR void operator delete[](void* p, size_t) noexcept { operator delete[](p); }
HAKMEM_OPERATOR void operator delete(void* p, const nothrow_t&) noexcept { operator delete(p); }
HAKMEM_OPERATOR void operator delete[](void* p, const nothrow_t&) noexcept { operator delete[](p); }

HAKMEM_OPERATOR void operator delete(void* p, size_t, align_val_t a) noexcept {
  operator delete(p, a);
}
HAKMEM_OPERATOR void operator delete(void* p, align_val_t a, const nothrow_t&) noexcept {
  operator delete(p, a);
}
HAKMEM_OPERATOR void operator delete[](void* p, align_val_t a) noexcept { operator delete(p, a); }
HAKMEM_OPERATOR void operator delete[](void* p, size_t, align_val_t a) noexcept {
  operator delete[](p, a);
}
HAKMEM_OPERATOR void operator delete[](void* p, align_val_t a, const nothrow_t&) noexcept {
  operator delete[](p, a);
}

namespace hakmem {

[[gnu::alias("_Znam"), gnu::malloc, gnu::alloc_size(1)]] void* OwnNewArray(size_t);
[[gnu::alias("_ZnamSt11align_val_t"), gnu::malloc,
  gnu::alloc_size(1)]] void* OwnNewArray(size_t, align_val_t);

}  // namespace hakmem
