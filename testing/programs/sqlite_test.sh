#!/bin/bash
# sqlite3: a schema with joins, indexes, triggers and window functions, in memory and in a file.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require sqlite3 sqlite3

expect_bound malloc sqlite3 :memory: 'select 1;'

shop() { under sqlite3 -batch -init /dev/null "$1" <"$PROGRAMS_DIR/sqlite/shop.sql"; }
dump() {
  shop shop.db >/dev/null
  under sqlite3 -batch -init /dev/null shop.db .dump | sha256sum
}

compare shop :memory:
compare dump
passed
