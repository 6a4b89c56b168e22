// A program with an operator new and delete of its own, for single objects: every other form has to
// come down to them. Its blocks don't start where malloc's do. Says "ok", or what is wrong.

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <new>

// It has none with a size: that is the point.
#pragma GCC diagnostic ignored "-Wsized-deallocation"

namespace {

constexpr std::size_t kPrefix = 64;
constexpr std::size_t kRefused = 12'345;
int live = 0;
int made = 0;

void Check(bool holds, const char* what) {
  if (holds) return;
  std::printf("%s\n", what);
  std::exit(1);
}

}  // namespace

void* operator new(std::size_t n) {
  if (n == kRefused) throw std::bad_alloc();
  char* const p = static_cast<char*>(std::malloc(n + kPrefix));
  if (p == nullptr) throw std::bad_alloc();
  ++live;
  ++made;
  return p + kPrefix;
}

void operator delete(void* p) noexcept {
  if (p == nullptr) return;
  --live;
  std::free(static_cast<char*>(p) - kPrefix);
}

int main() {
  const int before = made;
  constexpr std::size_t kSize = 100;
  ::operator delete(::operator new(kSize), kSize);
  ::operator delete(::operator new(kSize, std::nothrow), std::nothrow);
  ::operator delete[](::operator new[](kSize));
  ::operator delete[](::operator new[](kSize), kSize);
  ::operator delete[](::operator new[](kSize, std::nothrow), std::nothrow);
  Check(made - before == 5, "a form of operator new is not the program's");
  Check(live == before, "a form of operator delete is not the program's");

  Check(::operator new(kRefused, std::nothrow) == nullptr, "nothrow did not return null");
  Check(::operator new[](kRefused, std::nothrow) == nullptr, "nothrow[] did not return null");
  bool thrown = false;
  try {
    ::operator delete[](::operator new[](kRefused));
  } catch (const std::bad_alloc&) {
    thrown = true;
  }
  Check(thrown, "new[] did not throw what the program's operator new did");

  // Those with an alignment are not the program's, and don't get mixed up with them.
  constexpr std::align_val_t kAlignment{256};
  ::operator delete(::operator new(kSize, kAlignment), kSize, kAlignment);
  ::operator delete[](::operator new[](kSize, kAlignment), kAlignment);
  Check(made - before == 5 && live == before, "an aligned form is the program's");
  std::puts("ok");
  return 0;
}
