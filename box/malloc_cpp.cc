// C++ interposition: operator new and delete for single objects ([new.delete], C++20). The other
// replaceable forms are in malloc_cpp_forms.cc and malloc_cpp_nothrow.cc.
//
// A C program must not pay for libstdc++, so nothing here links it: the new-handler and
// std::bad_alloc are reached through weak references. Where these are null nobody calls these
// operators either, until a plugin brings the C++ runtime along: then it is looked for.
#include "box/malloc_cpp.h"

#include <cstddef>
#include <new>

#include "box/dispatch.h"
#include "box/hakmem.h"
#include "core/compiler.h"
#include "core/platform.h"
#include "core/report.h"

namespace std {  // the C++ runtime's names
__attribute__((weak)) new_handler get_new_handler() noexcept;
__attribute__((weak)) void __throw_bad_alloc();
}  // namespace std

namespace hakmem {
namespace {

// The C++ runtime's function `name`: `linked`, unless that is null.
template <typename Function>
Function* Runtime(Function* linked, const char* name) {
  if (linked != nullptr) return linked;
  return reinterpret_cast<Function*>(platform::FindSymbol("libstdc++.so.6", name));
}

[[noreturn]] void ThrowBadAlloc() {
  auto* const throw_bad_alloc = Runtime(&std::__throw_bad_alloc, "_ZSt17__throw_bad_allocv");
  if (throw_bad_alloc != nullptr) throw_bad_alloc();
  Line() << "operator new: out of memory, and no C++ runtime to throw std::bad_alloc";
  platform::Abort();
}

// [new.delete.single]/4: as long as there is a new-handler, call it and try again. The handler may
// throw, end the program, or make memory available. Null when there is none (any more).
template <typename Try>
void* RetryWithHandler(Try&& attempt) {
  auto* const get_new_handler = Runtime(&std::get_new_handler, "_ZSt15get_new_handlerv");
  if (get_new_handler == nullptr) return nullptr;
  while (std::new_handler const handler = get_new_handler()) {
    handler();
    if (void* const p = attempt()) return p;
  }
  return nullptr;
}

template <typename Try>
void* TryWithHandler(Try&& attempt) {
  void* const p = attempt();
  return HAK_LIKELY(p != nullptr) ? p : RetryWithHandler(attempt);
}

void* NewAligned(size_t size, std::align_val_t alignment) {
  if (void* const p = NewOrNull(size, alignment)) return p;
  ThrowBadAlloc();
}

}  // namespace

void* NewSlow(size_t size) {
  if (void* const p = NewOrNull(size)) return p;
  ThrowBadAlloc();
}

HAK_NOINLINE void* NewOrNull(size_t size) {
  return TryWithHandler([size] { return Allocate(size, Call::kNew); });
}

HAK_NOINLINE void* NewOrNull(size_t size, std::align_val_t alignment) {
  return TryWithHandler([size, alignment] {
    return AllocateAligned(static_cast<size_t>(alignment), size, Call::kNew);
  });
}

}  // namespace hakmem

HAKMEM_OPERATOR void* operator new(size_t n) { return hakmem::New(n); }
HAKMEM_OPERATOR void* operator new(size_t n, std::align_val_t a) {
  return hakmem::NewAligned(n, a);
}
HAKMEM_OPERATOR void operator delete(void* p) noexcept { hakmem::Delete(p); }
HAKMEM_OPERATOR void operator delete(void* p, std::align_val_t) noexcept { hakmem::Delete(p); }

namespace hakmem {

[[gnu::alias("_Znwm"), gnu::malloc, gnu::alloc_size(1)]] void* OwnNew(size_t);
[[gnu::alias("_ZnwmSt11align_val_t"), gnu::malloc,
  gnu::alloc_size(1)]] void* OwnNew(size_t, std::align_val_t);
[[gnu::alias("_ZdlPv")]] void OwnDelete(void*) noexcept;

}  // namespace hakmem
