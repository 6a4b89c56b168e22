#!/bin/bash
# A C++ compiler (gcc or clang): a file of many templates comes out as the same assembly and object
# code, and a linked program and a wrong program as the same bytes and messages.
# Arguments: PRELOAD_LIBRARY COMPILER, the latter g++ or clang++.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
compiler="${1:?which compiler?}"
case "$compiler" in
  g++) require g++ g++ ;;
  clang++) require clang++ clang ;;
  *) fail "unknown compiler '$compiler'" ;;
esac
# Neither may the compiler's own caches or options from outside take part.
unset CPATH C_INCLUDE_PATH CPLUS_INCLUDE_PATH LIBRARY_PATH COMPILER_PATH GCC_EXEC_PREFIX

echo 'int main() { return 0; }' >"$WORK/empty.cc"
expect_bound malloc "$compiler" -O1 -o empty "$WORK/empty.cc"  # the assembler and linker too

# -save-temps keeps the preprocessed text and the assembly as well.
object() {
  cp "$PROGRAMS_DIR/compile/templates.cc" .
  under "$compiler" -std=c++17 -O2 -g1 -save-temps -c templates.cc
}
program() {
  printf '#include <iostream>\nint main() { std::cout << "linked\\n"; }\n' >hello.cc
  under "$compiler" -O1 -Wl,--build-id=sha1 -o hello hello.cc
  ./hello
}
# Which messages, at which place; the rejected program needs a long explanation.
errors() {
  printf '%s\n' '#include <algorithm>' '#include <list>' '#include <string>' \
    'struct S {};' 'int main() { std::list<S> l; std::sort(l.begin(), l.end()); return l + 1; }' \
    >wrong.cc
  ! under "$compiler" -fsyntax-only wrong.cc 2>&1
}

compare object
compare program
compare errors
passed
