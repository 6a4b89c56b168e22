#!/bin/bash
# The tests' own test: common.sh has to notice what it is there to notice. A scenario that looks at
# which round it is in plays the allocator that goes wrong.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

fine() { under echo same && echo contents >file; }
other_output() { echo "output${preload:+ of another kind}"; }
other_status() { echo output && [[ -z "$preload" ]]; }
other_file() { echo "contents${preload:+ of another kind}" >file; }
missing_file() { [[ -n "$preload" ]] || echo output >file; }
complaint() { echo output && echo "hakmem: something is wrong${preload:+ here}" >&2; }
crash() { under bash -c 'echo output; [[ -z "$LD_PRELOAD" ]] || kill -SEGV $$'; }
broken() { false; }
silent() { true; }
not_there() { require no-such-program a-package-name; }
not_a_library() { LIBRARY="$(realpath "$WORK/none.so")" expect_bound malloc true; }
never() { expect_bound no_such_symbol true; }
exempt() { expect_bound malloc env -u LD_PRELOAD bash -c true; }

# refuses TEXT COMMAND...: COMMAND fails, and says TEXT.
refuses() {
  local text="$1" status=0
  shift
  set +e
  (set -e; "$@") >"$WORK/refusal" 2>&1
  status=$?
  set -e
  ((status != 0)) || fail "'$*' was let through"
  if ! grep -qF -- "$text" "$WORK/refusal"; then
    cat "$WORK/refusal" >&2
    fail "'$*' does not say: $text"
  fi
  echo "ok: $* is refused"
}

expect_bound malloc true
compare fine
refuses "standard output differs" compare other_output
refuses "+output of another kind" compare other_output
refuses "exit status differs" compare other_status
refuses "files differs" compare other_file
refuses "missing_file: files" compare missing_file
refuses "hakmem: something is wrong here" compare complaint
refuses "exit status differs" compare crash
refuses "with the system's allocator" compare broken
refuses "nothing to compare" compare silent
refuses "Debian package a-package-name" not_there
refuses "standard error" not_a_library
refuses "does not take no_such_symbol" never
refuses "takes allocation functions elsewhere" exempt
passed
