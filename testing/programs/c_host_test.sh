#!/bin/bash
# A C program (c_host.c) into which a plugin brings the C++ runtime. Arguments: PRELOAD_LIBRARY
# PROGRAM PLUGIN.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
program="$(realpath "${1:?which program?}")"
plugin="$(realpath "${2:?which plugin?}")"

expect_bound malloc "$program" "$plugin"
expect_bound _Znwm "$program" "$plugin"  # operator new

host() { under "$program" "$plugin"; }

compare host
passed
