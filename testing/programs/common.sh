# shellcheck shell=bash disable=SC2034
# What the whole-program tests share. Source it first:
#
#   source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
#
# with the test's own arguments, of which it takes off the first, the preload library. A test names
# the programs it needs, proves that the library reaches them, and then compares runs:
#
#   require jq jq                                # program, Debian package
#   expect_bound malloc jq -n 1                  # this command's malloc is the library's
#   numbers() { under jq -n '[range(9)]'; }      # `under` is the only place that preloads
#   compare numbers                              # once with the system's allocator, once with ours
#   passed
#
# `compare` runs its function in an empty directory, the same path both times (so that paths in the
# output agree), and wants the same standard output, the same exit status and the same files left
# behind. A function removes what may differ for other reasons (sockets, pack timestamps) itself.
#
# Nothing here reads the clock or a random source; the environment is fixed below. LD_PRELOAD is set
# on the programs under test (and so on what they start) alone, never on a test's own shell.

set -euo pipefail

PROGRAMS_DIR="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

fail() {
  printf 'FAIL: %s\n' "$*" >&2
  exit 1
}

[[ $# -ge 1 ]] || fail "usage: $0 PRELOAD_LIBRARY [ARGUMENT...]"
[[ -f "$1" ]] || fail "no preload library at '$1'"
# Absolute, as programs change directory, but the name is kept: symbolic links are not followed.
LIBRARY="$(cd "$(dirname "$1")" && pwd)/$(basename "$1")"
shift
[[ "$LIBRARY" != *[[:space:]:]* ]] || fail "LD_PRELOAD cannot hold the path '$LIBRARY'"

# The distribution's programs, not whatever a developer's PATH puts in front of them.
export PATH=/usr/bin:/bin:/usr/sbin:/sbin
export LC_ALL=C TZ=UTC TERM=dumb PYTHONHASHSEED=0 PERL_HASH_SEED=0 PERL_PERTURB_KEYS=0
unset LD_PRELOAD LD_LIBRARY_PATH LD_DEBUG LD_DEBUG_OUTPUT LD_BIND_NOW GLIBC_TUNABLES
unset CDPATH ENV BASH_ENV LANGUAGE PYTHONPATH PYTHONHOME PYTHONSTARTUP PERL5LIB PERL5OPT
unset LUA_INIT LUA_INIT_5_4 LUA_PATH LUA_PATH_5_4 GREP_OPTIONS TAR_OPTIONS GZIP XDG_CONFIG_HOME
for variable in $(compgen -e | grep -E '^(HAKMEM|MALLOC|GIT)_' || true); do
  unset "$variable"
done

# One program under test may not run longer than this many seconds.
PROGRAM_LIMIT=100

WORK="$(mktemp -d "${TEST_TMPDIR:-${TMPDIR:-/tmp}}/programs.XXXXXX")"
cleanup_hooks=()
cleanup() {
  local hook
  for hook in ${cleanup_hooks[@]+"${cleanup_hooks[@]}"}; do "$hook" || true; done
  rm -rf "$WORK"
}
trap cleanup EXIT
export HOME="$WORK/home" TMPDIR="$WORK/tmp"
mkdir "$HOME" "$TMPDIR"

preload=""  # what `under` preloads: empty for the system's allocator
comparisons=0
bindings_checked=0

# require PROGRAM PACKAGE: fails unless PROGRAM is installed.
require() {
  type -P "$1" >/dev/null ||
    fail "$1 is missing: it is in the Debian package $2 (./bazelw installs what the tests need)"
}

# under COMMAND...: runs COMMAND with the allocator of the current round, for a bounded time.
under() {
  timeout --kill-after=5 "$PROGRAM_LIMIT" env ${preload:+LD_PRELOAD="$preload"} "$@"
}

# check_errors FILE WHAT: FILE has no complaint of the allocator, or of the dynamic linker about it.
check_errors() {
  if grep -nE '^hakmem:|^ERROR: ld\.so:' "$1" >&2; then
    fail "$2: the lines above are on its standard error"
  fi
}

# expect_bound SYMBOL COMMAND...: COMMAND and every dynamically linked program that it starts bind
# the allocator's symbols to the preload library, SYMBOL among them, and never to another library.
# The dynamic linker itself says so, hence a library that is not loaded, or loaded and passed over,
# cannot go unnoticed.
expect_bound() {
  local symbol="$1"
  shift
  local directory="$WORK/bindings" log elsewhere
  rm -rf "$directory"
  mkdir "$directory"
  if ! (cd "$directory" && preload="$LIBRARY" under env LD_DEBUG=bindings \
      LD_DEBUG_OUTPUT="$directory/log" "$@") >"$WORK/bindings.out" 2>"$WORK/bindings.err" \
      </dev/null; then
    cat "$WORK/bindings.err" >&2
    fail "'$*' fails with the library preloaded"
  fi
  check_errors "$WORK/bindings.err" "'$*'"
  grep -qsF "to $LIBRARY [0]: normal symbol \`$symbol'" "$directory"/log.* ||
    fail "'$*' does not take $symbol from $LIBRARY"
  for log in "$directory"/log.*; do  # one for each process
    grep -qF "to $LIBRARY [0]: normal symbol" "$log" ||
      fail "'$*' starts a program that takes nothing from $LIBRARY: $(head -n 1 "$log")"
    # "PID: binding file USER [0] to PROVIDER [0]: normal symbol `NAME' [VERSION]", line by line. A
    # PROVIDER that is the program itself is a jump through its own table; what the library looks up
    # for itself does not count.
    elsewhere="$(
      grep -E "symbol \`(malloc|calloc|realloc|free|posix_memalign|_Znwm|_ZdlPv)'" "$log" |
      grep -E ' to [^ ]*\.so[^ ]* ' | grep -vF "to $LIBRARY [0]:" |
      grep -vF "binding file $LIBRARY [0]" || true)"
    [[ -z "$elsewhere" ]] || fail "'$*' takes allocation functions elsewhere: $elsewhere"
  done
  bindings_checked=$((bindings_checked + 1))
}

# expect_mapped PID: the running process PID has the library mapped.
expect_mapped() {
  grep -qF "$LIBRARY" "/proc/$1/maps" || grep -qF "$(realpath "$LIBRARY")" "/proc/$1/maps" ||
    fail "process $1 ($(tr '\0' ' ' <"/proc/$1/cmdline")) has no $LIBRARY in its memory map"
}

# run_once ROUND LIBRARY FUNCTION ARGUMENT...: runs FUNCTION with LIBRARY preloaded by `under`, and
# keeps its output, errors, status and files in $WORK/ROUND.*.
run_once() {
  local round="$1" status=0
  preload="$2"
  shift 2
  rm -rf "$WORK/run" "$WORK/$round".*
  mkdir "$WORK/run"
  # `set -e` does not work inside a function that is called in a condition, hence the detour.
  set +e
  (set -e; cd "$WORK/run"; "$@") >"$WORK/$round.stdout" 2>"$WORK/$round.stderr" </dev/null
  status=$?
  set -e
  preload=""
  echo "$status" >"$WORK/$round.status"
  mv "$WORK/run" "$WORK/$round.files"
}

# same WHAT SYSTEM OURS: fails with a unified diff unless the two files, or directories, are equal.
same() {
  diff -ru --label "$1 (system)" --label "$1 (hakmem)" "$2" "$3" >"$WORK/difference" 2>&1 && return
  head -n 60 "$WORK/difference" | cut -c1-300 >&2
  echo "--- standard error with the library:" >&2
  tail -n 20 "$WORK/ours.stderr" >&2
  fail "$1 differs from the system allocator's"
}

# compare FUNCTION ARGUMENT...: see the top of this file. The system's run has to succeed.
compare() {
  local name="$*"
  run_once system "" "$@"
  if [[ "$(<"$WORK/system.status")" != 0 ]]; then
    tail -n 20 "$WORK/system.stdout" "$WORK/system.stderr" >&2
    fail "$name: status $(<"$WORK/system.status") with the system's allocator"
  fi
  [[ -s "$WORK/system.stdout" || -n "$(ls -A "$WORK/system.files")" ]] ||
    fail "$name: neither output nor files, so there is nothing to compare"
  run_once ours "$LIBRARY" "$@"
  check_errors "$WORK/ours.stderr" "$name"
  same "$name: exit status" "$WORK/system.status" "$WORK/ours.status"
  same "$name: standard output" "$WORK/system.stdout" "$WORK/ours.stdout"
  diff -r "$WORK/system.files" "$WORK/ours.files" >/dev/null 2>&1 ||
    same "$name: files" "$WORK/system.files" "$WORK/ours.files"
  comparisons=$((comparisons + 1))
  echo "ok: $name ($(wc -c <"$WORK/ours.stdout") bytes of output," \
    "$(find "$WORK/ours.files" -type f | wc -l) files)"
}

# passed: ends a test, refusing one that did not look at anything.
passed() {
  ((bindings_checked > 0)) || fail "the test never proved that the library was in use"
  ((comparisons > 0)) || fail "the test compared nothing"
  echo "PASS: $comparisons comparisons, $bindings_checked commands proved to use $LIBRARY"
}
