#!/bin/bash
# A multi-threaded C program (c_threads.c). Arguments: PRELOAD_LIBRARY PROGRAM.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
program="$(realpath "${1:?which program?}")"

expect_bound malloc "$program"

threads() { under "$program"; }

compare threads
compare threads  # other timing
passed
