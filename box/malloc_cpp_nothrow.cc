// C++ interposition: the nothrow forms of operator new. They return null where the others throw,
// also when it is the new-handler that throws ([new.delete.single]/7), or the program's own
// operator: so this file alone is built with exceptions. The C++ runtime's part in catching them is
// referenced weakly, so that a C program, which never gets here, need not load it. (In a plugin of
// one, what a new-handler throws passes through.)
#include <cstddef>
#include <new>

#include "box/malloc_cpp.h"

__asm__(".weak __gxx_personality_v0\n\t.weak __cxa_begin_catch\n\t.weak __cxa_end_catch");

using std::align_val_t;
using std::nothrow_t;

namespace {

template <typename... Alignment>
using Form = void* (*)(size_t, Alignment...);

template <typename... Alignment>
void* NullForThrow(Form<Alignment...> form, size_t n, Alignment... a) noexcept {
  try {
    return form(n, a...);
  } catch (...) {
    return nullptr;
  }
}

// Whether `form` has not been replaced by the program's.
template <typename... Alignment>
bool IsOurs(Form<Alignment...> form, Form<Alignment...> own) {
  __asm__("" : "+r"(form));  // the compiler may believe that two names are two functions
  return form == own;
}

// Ours, unless it was replaced, need not throw first.
void* NewNoThrow(size_t n) noexcept {
  constexpr Form<> kNew = operator new;
  return IsOurs<>(kNew, hakmem::OwnNew) ? NullForThrow<>(hakmem::NewOrNull, n)
                                        : NullForThrow<>(kNew, n);
}
void* NewNoThrow(size_t n, align_val_t a) noexcept {
  constexpr Form<align_val_t> kNew = operator new;
  return IsOurs<align_val_t>(kNew, hakmem::OwnNew)
             ? NullForThrow<align_val_t>(hakmem::NewOrNull, n, a)
             : NullForThrow<align_val_t>(kNew, n, a);
}

}  // namespace

HAKMEM_OPERATOR void* operator new(size_t n, const nothrow_t&) noexcept { return NewNoThrow(n); }
HAKMEM_OPERATOR void* operator new(size_t n, align_val_t a, const nothrow_t&) noexcept {
  return NewNoThrow(n, a);
}
HAKMEM_OPERATOR void* operator new[](size_t n, const nothrow_t&) noexcept {
  constexpr Form<> kNew = operator new[];
  return IsOurs<>(kNew, hakmem::OwnNewArray) ? NewNoThrow(n) : NullForThrow<>(kNew, n);
}
HAKMEM_OPERATOR void* operator new[](size_t n, align_val_t a, const nothrow_t&) noexcept {
  constexpr Form<align_val_t> kNew = operator new[];
  return IsOurs<align_val_t>(kNew, hakmem::OwnNewArray) ? NewNoThrow(n, a)
                                                        : NullForThrow<align_val_t>(kNew, n, a);
}
