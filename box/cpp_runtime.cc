// Has a program that links hakmem statically link what its operator new throws with, too: of a weak
// reference, as in malloc_cpp.cc, an archive takes no notice.

namespace std {  // the C++ runtime's name
void __throw_bad_alloc();
}  // namespace std

namespace hakmem {

[[gnu::used]] void (*const throw_bad_alloc)() = &std::__throw_bad_alloc;

}  // namespace hakmem
