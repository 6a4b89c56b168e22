#!/bin/bash
# A multi-threaded C++ program with exceptions (cxx_threads.cc), which loads a shared object.
# Arguments: PRELOAD_LIBRARY PROGRAM PLUGIN.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
program="$(realpath "${1:?which program?}")"
plugin="$(realpath "${2:?which plugin?}")"

expect_bound malloc "$program" "$plugin"
expect_bound _Znwm "$program" "$plugin"  # operator new

threads() { under "$program" "$plugin"; }

compare threads
passed
