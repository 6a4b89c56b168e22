#!/bin/bash
# sort with threads, with temporary files, and with few bytes of memory; join, uniq and comm.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require gawk gawk
require sort coreutils

expect_bound malloc sort --parallel=2 /dev/null

input="$WORK/input"
gawk 'BEGIN {
  seed = 3
  for (i = 0; i < 300000; i++) {
    seed = (seed * 16807) % 2147483647
    print seed % 100000, "key" seed % 977, i
  }
}' >"$input"

threads() {
  under sort --parallel=4 -k2,2 -k1,1n -k3,3n "$input" | sha256sum
  under sort --parallel=2 -n -s -k1,1 "$input" >sorted
}
temporary_files() {
  under sort --parallel=2 -S 1M -T . --batch-size=4 -r "$input" | sha256sum
  under sort --parallel=2 -S 2M -T . --compress-program=gzip -u -k2,2 "$input" | sha256sum
}
others() {
  under head -n 20000 "$input" | under sort -k2,2 -k3,3 >left
  under tail -n 2000 "$input" | under sort -k2,2 -u >right
  under join -1 2 -2 2 left right | sha256sum
  under cut -d' ' -f2 left | under uniq -c | under sort -rn | under tail -n 5
  under sort left >left-sorted
  under sort right | under comm -13 left-sorted - | wc -l
  under tsort <(printf '%s\n' a b b c c d a d)
  under shuf --random-source="$input" -n 5 "$input"
}

compare threads
compare temporary_files
compare others
passed
