// A program with an operator new and delete of its own, for single objects or, with OWN_ARRAYS, for
// arrays: the forms that are defined by it have to come down to it, and no others. Its blocks don't
// start where malloc's do. Says "ok", or what is wrong.

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <new>

namespace {

constexpr std::size_t kPrefix = 64;
constexpr std::size_t kRefused = 12'345;
int live = 0;
int made = 0;

void* Make(std::size_t n) {
  void* const p = n == kRefused ? nullptr : std::malloc(n + kPrefix);
  if (p == nullptr) throw std::bad_alloc();
  ++live;
  ++made;
  return static_cast<char*>(p) + kPrefix;
}

void Unmake(void* p) {
  if (p == nullptr) return;
  --live;
  std::free(static_cast<char*>(p) - kPrefix);
}

void Check(bool holds, const char* what) {
  if (holds) return;
  std::printf("%s\n", what);
  std::exit(1);
}

}  // namespace

// It has none with a size: that is the point.
#pragma GCC diagnostic ignored "-Wsized-deallocation"
#ifdef OWN_ARRAYS
constexpr bool kSingle = false;
void* operator new[](std::size_t n) { return Make(n); }
void operator delete[](void* p) noexcept { Unmake(p); }
#else
constexpr bool kSingle = true;
void* operator new(std::size_t n) { return Make(n); }
void operator delete(void* p) noexcept { Unmake(p); }
#endif

int main() {
  const int made_before = made;
  const int live_before = live;
  constexpr std::size_t kSize = 100;
  ::operator delete(::operator new(kSize), kSize);
  ::operator delete(::operator new(kSize, std::nothrow), std::nothrow);
  Check(made - made_before == (kSingle ? 2 : 0), "a form of operator new is not as it should be");
  ::operator delete[](::operator new[](kSize));
  ::operator delete[](::operator new[](kSize), kSize);
  ::operator delete[](::operator new[](kSize, std::nothrow), std::nothrow);
  Check(made - made_before == (kSingle ? 5 : 3), "a form of operator new[] is not the program's");
  Check(live == live_before, "a form of operator delete is not the program's");

  Check(!kSingle || ::operator new(kRefused, std::nothrow) == nullptr,
        "nothrow did not return null");
  Check(::operator new[](kRefused, std::nothrow) == nullptr, "nothrow[] did not return null");
  bool thrown = false;
  try {
    ::operator delete[](::operator new[](kRefused));
  } catch (const std::bad_alloc&) {
    thrown = true;
  }
  Check(thrown, "new[] did not throw what the program's operator did");

  // Those with an alignment are not the program's, and don't get mixed up with them.
  constexpr std::align_val_t kAlignment{256};
  const int made_then = made;
  ::operator delete(::operator new(kSize, kAlignment), kSize, kAlignment);
  ::operator delete[](::operator new[](kSize, kAlignment), kAlignment);
  Check(made == made_then && live == live_before, "an aligned form is the program's");
  std::puts("ok");
  return 0;
}
