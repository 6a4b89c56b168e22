#!/bin/bash
# perl: strings, hashes, regular expressions, forked children.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require perl perl

expect_bound malloc perl -e 'print "x" x 1000'

work() { under perl "$PROGRAMS_DIR/perl/work.pl"; }

compare work
passed
