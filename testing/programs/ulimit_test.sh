#!/bin/bash
# Programs that may have 512 MiB of address space: one that is made for it (limited.c), and others
# whose stock is far from it. Arguments: PRELOAD_LIBRARY PROGRAM.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
program="$(realpath "${1:?which program?}")"
require python3 python3
require sqlite3 sqlite3
require gcc gcc

# limited COMMAND...: COMMAND with the limit, and the library or not.
limited() {
  (ulimit -v 524288 && under "$@")
}

trivial() {
  limited true && echo true
  limited bash -c 'ulimit -v; echo "$((6 * 7))"'
}
# All parts in one process, so that each one meets what the last one left. The C library's allocator
# cannot do that: its heaps for threads find no room after "hold".
parts() {
  local part
  if [[ -n "$preload" ]]; then
    limited "$program" hold threads exhaust grow again
  else
    for part in hold threads exhaust grow again; do limited "$program" "$part"; done
  fi
}
python() { PYTHONMALLOC=malloc limited python3 -s "$PROGRAMS_DIR/python/database.py"; }
# The interpreter reports what it cannot have, and goes on.
python_refused() {
  PYTHONMALLOC=malloc limited python3 -s -c '
try:
    bytearray(700 << 20)
except MemoryError:
    print("MemoryError")
blocks = []
try:
    while True:
        blocks.append(bytearray(1 << 20))
except MemoryError:
    print("out of memory", len(blocks) > 200)
blocks.clear()
print(sum(len(bytearray(1 << 20)) for _ in range(300)))'
}
sqlite() {
  limited sqlite3 -batch -init /dev/null :memory: <"$PROGRAMS_DIR/sqlite/shop.sql" | sha256sum
}
compiler() {
  printf '%s\n' '#include <stdio.h>' '#include <stdlib.h>' '#include <pthread.h>' \
    'int main(void) { puts("compiled"); return 0; }' >small.c
  limited gcc -O2 -g -c small.c
}

expect_bound malloc bash -c 'ulimit -v 524288 && exec python3 -s -c "print(1)"'
compare trivial
compare parts
compare python
compare python_refused
compare sqlite
compare compiler
passed
