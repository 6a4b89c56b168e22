#!/bin/bash
# bash: start-up, arrays, strings, recursion, subshells, pipelines, here documents.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require bash bash

expect_bound malloc bash -c 'echo "$BASH_VERSION" | cat'

# Its status is 3, on purpose.
script() {
  local status=0
  under bash --norc "$PROGRAMS_DIR/bash/work.bash" || status=$?
  ((status == 3))
}
startup() {
  local i
  for ((i = 0; i < 50; i++)); do under bash -c 'echo $(($1 * 7))' bash "$i"; done
}

compare script
compare startup
passed
