#!/bin/bash
# Valgrind's memcheck and massif, on a program and on python3. Arguments: PRELOAD_LIBRARY PROGRAM
# LINKED_PROGRAM, the same program with hakmem linked.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
program="$(realpath "${1:?which program?}")"
linked="$(realpath "${2:?which linked program?}")"
require valgrind valgrind
require python3 python3
expect_bound malloc python3 -c 'print(1)'
export PYTHONMALLOC=malloc
python=(python3 -s -c 'import json; print(len(json.dumps(list(range(999)))))')

# Not Valgrind's malloc but hakmem's, whose own loads and stores are then checked.
readonly ours=--soname-synonyms=somalloc=nouserintercepts

# expect OUTPUT STATUS COMMAND...: the command says OUTPUT, with nothing on stderr, and exits so.
expect() {
  local output="$1" status="$2" got=0
  shift 2
  "$@" >"$WORK/out" 2>&1 </dev/null || got=$?
  [[ "$got" == "$status" && "$(<"$WORK/out")" == "$output" ]] ||
    fail "'$*': status $got, not $status, and it says: $(head -c 4000 "$WORK/out")"
  echo "ok: $*"
}

# memcheck LIBRARY OPTION COMMAND...: quiet, unless there is an error.
memcheck() {
  local library="$1" option="$2"
  shift 2
  preload="$library" under valgrind --quiet --error-exitcode=99 ${option:+"$option"} "$@"
}

# massif LIBRARY COMMAND...: fails with status 99 when the peak is zero.
massif() {
  local status=0 library="$1"
  shift
  rm -f "$WORK/massif"
  preload="$library" under valgrind --quiet --tool=massif --massif-out-file="$WORK/massif" "$@" ||
    status=$?
  grep -qE '^mem_heap_B=[1-9]' "$WORK/massif" || return 99
  return "$status"
}

for option in "" "$ours"; do
  expect ok 7 memcheck "$LIBRARY" "$option" "$program"
  expect ok 7 memcheck "" "$option" "$linked"
  expect 4885 0 memcheck "$LIBRARY" "$option" "${python[@]}"
done
expect ok 7 massif "$LIBRARY" "$program"
expect ok 7 massif "" "$linked"
expect 4885 0 massif "$LIBRARY" "${python[@]}"
echo "PASS"
