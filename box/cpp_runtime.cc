// Has a program that links hakmem statically link what its operator new throws with, too: of a weak
// reference, as in malloc_cpp.cc, an archive takes no notice.

// NOLINTBEGIN(bugprone-reserved-identifier): the C++ runtime's name
namespace std {
[[noreturn]] void __throw_bad_alloc();
}  // namespace std
// NOLINTEND(bugprone-reserved-identifier)

namespace hakmem {

[[gnu::used]] void (*const throw_bad_alloc)() = &std::__throw_bad_alloc;

}  // namespace hakmem
