#!/bin/bash
# ls and find over a tree of a few thousand files.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require ls coreutils
require find findutils

expect_bound malloc ls -l /

tree="$WORK/tree"
for ((i = 0; i < 40; i++)); do
  directory="$tree/d$((i % 7))/directory-$i"
  mkdir -p "$directory"
  for ((j = 0; j < 60; j++)); do
    printf '%*s' $((j * 3)) '' >"$directory/file-$((j * 7919 % 61)).$i"
  done
done
ln -s d1 "$tree/link"
ln -s nowhere "$tree/dangling"
find "$tree" -exec touch -h -d 2020-02-02T02:02:02 {} +

recursive() { (cd "$tree" && under ls -lR --full-time .); }
sorted() { (cd "$tree" && under ls -RaSFi1 . | sed 's/^ *[0-9]* //' && under ls -x -w 100 -R -v d3); }
found() {
  (cd "$tree" && under find . -type f -name '*[37].1*' -size +0 -printf '%p %s %y\n' | under sort)
  under find "$tree" -type f -print0 | under xargs -0 -n 200 cksum | under sort -k3 |
    under tail -n 5
}

compare recursive
compare sorted
compare found
passed
