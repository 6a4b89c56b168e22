#!/bin/bash
# What a program pays for the library that does nothing with it, as medians of several runs with and
# without: the peak resident set of `true`, and the resident set that `cat` reads of itself. Memory
# alone; times are for benchmarks.
# Arguments: PRELOAD_LIBRARY LAUNCHER LIMIT: the program of peak_rss.c, the difference in KiB that
# is allowed.
#
# Two figures, because the kernel (6.2 and later) counts pages per CPU and adds the counts up now and
# then only: a small process's peak comes out too small, by different amounts. What smaps_rollup
# says is counted page by page. Both vary by some 100 KiB from run to run, with where the loader
# puts the libraries; their medians by less than 30.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
launcher="$(realpath "${1:?which launcher?}")"
limit="${2:?how many KiB?}"
true_program="$(type -P true)"
runs=41

expect_bound malloc "$true_program"
expect_bound malloc cat /proc/self/smaps_rollup

# peaks [LIBRARY], residents [LIBRARY]: $runs figures in KiB.
peaks() { "$launcher" "$runs" "$true_program" "$@"; }
residents() {
  local i
  for ((i = 0; i < runs; i++)); do
    env ${1:+LD_PRELOAD="$1"} cat /proc/self/smaps_rollup | sed -n 's/^Rss: *\([0-9]*\) kB/\1/p'
  done
}

# median COMMAND...: the median of the figures that COMMAND prints.
median() { "$@" | sort -n | sed -n "$(((runs + 1) / 2))p"; }

# expect_within_limit WHAT FIGURES: FIGURES, one of the functions above, differ by $limit at most.
expect_within_limit() {
  local system ours
  "$2" >/dev/null  # brings the files into the page cache
  "$2" "$LIBRARY" >/dev/null
  system="$(median "$2")"
  ours="$(median "$2" "$LIBRARY")"
  [[ -n "$system" && -n "$ours" ]] || fail "$1: no figures"
  echo "$1: $system KiB, with the library $ours KiB: $((ours - system)) more, of $limit allowed"
  ((ours - system <= limit)) || fail "$1: the library costs a program that does nothing too much"
}

expect_within_limit "peak RSS of true" peaks
expect_within_limit "RSS of cat" residents
echo PASS
