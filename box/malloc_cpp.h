// What the files that define operator new and delete have in common.
#ifndef HAKMEM_BOX_MALLOC_CPP_H_
#define HAKMEM_BOX_MALLOC_CPP_H_

#include <cstddef>
#include <new>

#include "box/dispatch.h"
#include "box/hakmem.h"
#include "core/compiler.h"

// Weak, so that a program that links hakmem may define operators of its own.
#define HAKMEM_OPERATOR HAKMEM_PUBLIC __attribute__((weak))

namespace hakmem {

// A block of `size` bytes. As long as there is none, the new-handler is called, which may throw;
// null when there is no handler (any more). Thread-safe.
void* NewOrNull(size_t size);
void* NewOrNull(size_t size, std::align_val_t alignment);
// Likewise; throws std::bad_alloc instead of null.
HAK_SLOW void* NewSlow(size_t size);

HAK_INLINE void* New(size_t size) {
  void* const p = Allocate(size, Call::kNew);
  return HAK_LIKELY(p != nullptr) ? p : NewSlow(size);
}
HAK_INLINE void Delete(void* p) { Free(p, Call::kDelete); }

// Our operators, also where the program's own have their names.
#pragma GCC visibility push(hidden)
void* OwnNew(size_t size);
void* OwnNew(size_t size, std::align_val_t alignment);
void* OwnNewArray(size_t size);
void* OwnNewArray(size_t size, std::align_val_t alignment);
void OwnDelete(void* p) noexcept;
#pragma GCC visibility pop

// Whether `form`, as the program sees it, is `own`: then a form that is defined by it need not call
// it. A comparison that holds costs a pair of new and delete 0.1 to 0.3 ns of 7, a jump to what the
// dynamic linker found 0.5.
template <typename Form>
HAK_INLINE bool IsOurs(Form* form, Form* own) {
  __asm__("" : "+r"(own));  // the compiler may believe that two names are two functions
  return HAK_LIKELY(form == own);
}

}  // namespace hakmem

#endif  // HAKMEM_BOX_MALLOC_CPP_H_
