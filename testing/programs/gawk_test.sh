#!/bin/bash
# gawk: associative arrays, strings, regular expressions, sorting, pipes; and awk, whichever it is.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require gawk gawk
require awk gawk

expect_bound malloc gawk 'BEGIN { print 1 }'

work() { under gawk -f "$PROGRAMS_DIR/gawk/work.awk"; }
fields() {
  under gawk 'BEGIN { for (i = 0; i < 30000; i++) print i, i * i % 1000, "text" i % 77 }' >input
  under awk '{ sum[$3] += $2; line[NR % 500] = line[NR % 500] $1 }
    END { for (k in sum) print k, sum[k]; for (n in line) print n, length(line[n]) }' input | sort
}

compare work
compare fields
passed
