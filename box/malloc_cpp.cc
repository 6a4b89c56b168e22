// C++ interposition: every replaceable operator new and delete ([new.delete], C++20).
//
// A C program must not pay for libstdc++, so nothing here links it: the new-handler and
// std::bad_alloc are reached through weak references, which are null where no C++ runtime is
// loaded, and where then nobody can call these operators either.
#include <cstddef>
#include <new>

#include "box/dispatch.h"
#include "box/hakmem.h"
#include "core/compiler.h"
#include "core/platform.h"
#include "core/report.h"

// NOLINTBEGIN(bugprone-reserved-identifier): the C++ runtime's names
namespace std {
__attribute__((weak)) new_handler get_new_handler() noexcept;
[[noreturn]] __attribute__((weak)) void __throw_bad_alloc();
}  // namespace std
// NOLINTEND(bugprone-reserved-identifier)

namespace hakmem {
namespace {

[[noreturn]] void ThrowBadAlloc() {
  if (&std::__throw_bad_alloc != nullptr) std::__throw_bad_alloc();
  Line() << "operator new: out of memory, and no C++ runtime to throw std::bad_alloc";
  platform::Abort();
}

// [new.delete.single]/4: as long as there is a new-handler, call it and try again. The handler may
// throw, end the program, or make memory available.
template <typename Try>
HAK_SLOW void* RetryWithHandler(Try&& attempt) {
  for (;;) {
    std::new_handler const handler =
        &std::get_new_handler != nullptr ? std::get_new_handler() : nullptr;
    if (handler == nullptr) return nullptr;
    handler();
    if (void* const p = attempt()) return p;
  }
}

HAK_SLOW void* NewSlow(size_t size) {
  if (void* const p = RetryWithHandler([size] { return Allocate(size, Call::kNew); })) return p;
  ThrowBadAlloc();
}

HAK_INLINE void* New(size_t size) {
  void* const p = Allocate(size, Call::kNew);
  return HAK_LIKELY(p != nullptr) ? p : NewSlow(size);
}

void* NewAligned(size_t size, std::align_val_t alignment) {
  const auto attempt = [size, alignment] {
    return AllocateAligned(static_cast<size_t>(alignment), size, Call::kNew);
  };
  if (void* const p = attempt()) return p;
  if (void* const p = RetryWithHandler(attempt)) return p;
  ThrowBadAlloc();
}

HAK_INLINE void Delete(void* p) { Free(p, Call::kDelete); }

}  // namespace
}  // namespace hakmem

HAKMEM_PUBLIC void* operator new(size_t n) { return hakmem::New(n); }
HAKMEM_PUBLIC void* operator new[](size_t n) { return hakmem::New(n); }
HAKMEM_PUBLIC void* operator new(size_t n, std::align_val_t a) { return hakmem::NewAligned(n, a); }
HAKMEM_PUBLIC void* operator new[](size_t n, std::align_val_t a) {
  return hakmem::NewAligned(n, a);
}

HAKMEM_PUBLIC void operator delete(void* p) noexcept { hakmem::Delete(p); }
HAKMEM_PUBLIC void operator delete[](void* p) noexcept { hakmem::Delete(p); }
HAKMEM_PUBLIC void operator delete(void* p, size_t) noexcept { hakmem::Delete(p); }
HAKMEM_PUBLIC void operator delete[](void* p, size_t) noexcept { hakmem::Delete(p); }
HAKMEM_PUBLIC void operator delete(void* p, std::align_val_t) noexcept { hakmem::Delete(p); }
HAKMEM_PUBLIC void operator delete[](void* p, std::align_val_t) noexcept { hakmem::Delete(p); }
HAKMEM_PUBLIC void operator delete(void* p, size_t, std::align_val_t) noexcept {
  hakmem::Delete(p);
}
HAKMEM_PUBLIC void operator delete[](void* p, size_t, std::align_val_t) noexcept {
  hakmem::Delete(p);
}
HAKMEM_PUBLIC void operator delete(void* p, const std::nothrow_t&) noexcept { hakmem::Delete(p); }
HAKMEM_PUBLIC void operator delete[](void* p, const std::nothrow_t&) noexcept { hakmem::Delete(p); }
HAKMEM_PUBLIC void operator delete(void* p, std::align_val_t, const std::nothrow_t&) noexcept {
  hakmem::Delete(p);
}
HAKMEM_PUBLIC void operator delete[](void* p, std::align_val_t, const std::nothrow_t&) noexcept {
  hakmem::Delete(p);
}
