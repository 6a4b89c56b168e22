#!/bin/bash
# true, env and false: plain start-up and exit, often, one after another and at the same time.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require true coreutils

expect_bound malloc true

once() { under true && echo "true: $?"; }
status() {
  local status=0
  under false || status=$?
  echo "false: $status"
}
fifty() {
  local i
  for ((i = 0; i < 50; i++)); do under true; done
  echo "started $i"
}
at_once() {
  under bash -c 'for i in {1..50}; do true & command true & /bin/true & done; wait; echo all'
}
# Few descriptors, standard streams closed, no environment, another locale.
odd() {
  under env -i LD_PRELOAD="$preload" /bin/true && echo "empty environment"
  (ulimit -n 4 && under true) && echo "few descriptors"
  under bash -c 'true <&- >&- 2>&-' && echo "closed streams"
  LC_ALL=C.UTF-8 under true && echo "another locale"
  (ulimit -s 256 && under true) && echo "small stack"
}

compare once
compare status
compare fifty
compare at_once
compare odd
passed
