#!/bin/bash
# lua5.4: tables, strings, coroutines, both collectors; every allocation is a realloc.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require lua5.4 lua5.4

expect_bound realloc lua5.4 -e 'print(1)'

work() { under lua5.4 "$PROGRAMS_DIR/lua/work.lua"; }

compare work
passed
