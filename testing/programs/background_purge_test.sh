#!/bin/bash
# The preload library's thread that gives memory back while a program waits (background_purge.c).
# Arguments: PRELOAD_LIBRARY PROGRAM.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
program="$(realpath "${1:?which program?}")"

expect_bound pthread_create "$program" exit

# It ends as it does without the library.
exit_of_the_first_thread() { under "$program" exit; }
compare exit_of_the_first_thread

preload="$LIBRARY"
under "$program" purge || fail "memory does not go back while the program waits"
HAKMEM_BACKGROUND_PURGE=0 under "$program" none || fail "the thread can't be switched off"
passed
