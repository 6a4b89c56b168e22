// C++ interposition: the nothrow forms of operator new. They return null where the others throw,
// also when it is the new-handler that throws ([new.delete.single]/7), or the program's own
// operator: so this file alone is built with exceptions. The C++ runtime's part in catching them is
// referenced weakly, so that a C program, which never gets here, need not load it. (In a plugin of
// one, what a new-handler throws passes through.)
#include <cstddef>
#include <new>

#include "box/malloc_cpp.h"

__asm__(".weak __gxx_personality_v0\n\t.weak __cxa_begin_catch\n\t.weak __cxa_end_catch");

using hakmem::IsOurs;
using std::align_val_t;
using std::nothrow_t;

namespace {

template <typename... Alignment>
using Form = void*(size_t, Alignment...);

template <typename... Alignment>
void* NullForThrow(Form<Alignment...>* form, size_t n, Alignment... a) noexcept {
  try {
    return form(n, a...);
  } catch (...) {
    return nullptr;
  }
}

// Our forms, where they were not replaced, need not throw first.
template <typename... Alignment>
void* NewNoThrow(size_t n, Alignment... a) noexcept {
  Form<Alignment...>* const form = operator new;
  Form<Alignment...>* const own = hakmem::OwnNew;
  Form<Alignment...>* const or_null = hakmem::NewOrNull;
  return NullForThrow<Alignment...>(IsOurs(form, own) ? or_null : form, n, a...);
}

template <typename... Alignment>
void* NewArrayNoThrow(size_t n, Alignment... a) noexcept {
  Form<Alignment...>* const form = operator new[];
  Form<Alignment...>* const own = hakmem::OwnNewArray;
  return IsOurs(form, own) ? NewNoThrow(n, a...) : NullForThrow<Alignment...>(form, n, a...);
}

}  // namespace

HAKMEM_OPERATOR void* operator new(size_t n, const nothrow_t&) noexcept { return NewNoThrow(n); }
HAKMEM_OPERATOR void* operator new(size_t n, align_val_t a, const nothrow_t&) noexcept {
  return NewNoThrow(n, a);
}
HAKMEM_OPERATOR void* operator new[](size_t n, const nothrow_t&) noexcept {
  return NewArrayNoThrow(n);
}
HAKMEM_OPERATOR void* operator new[](size_t n, align_val_t a, const nothrow_t&) noexcept {
  return NewArrayNoThrow(n, a);
}
