#!/bin/bash
# tar and the compressors it starts: archives, compressed streams and what is unpacked.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require tar tar
require gzip gzip
require xz xz-utils

expect_bound malloc tar --version
expect_bound malloc gzip --version
expect_bound malloc tar -cJf out.tar.xz --sort=name "$PROGRAMS_DIR/common.sh"

source_tree="$WORK/source"
mkdir -p "$source_tree"
for ((i = 0; i < 200; i++)); do
  directory="$source_tree/d$((i % 13))/a-rather-long-name-for-a-directory-$((i % 5))"
  mkdir -p "$directory"
  seq $((i * 10)) $((i * 12)) >"$directory/file$i"
done
seq 200000 >"$source_tree/large"
ln "$source_tree/large" "$source_tree/hard-link"
ln -s large "$source_tree/soft-link"

options=(--sort=name --mtime=@1700000000 --owner=0 --group=0 --numeric-owner --format=pax
  --pax-option=delete=atime,delete=ctime)
archive() {
  under tar -C "$source_tree" "${options[@]}" -cf - . | under gzip -n -6 >all.tar.gz
  under gzip -dc all.tar.gz | under tar -tvf - | cksum
  mkdir unpacked
  under tar -C unpacked -xzf all.tar.gz
  under tar -C unpacked --compare -zf all.tar.gz && echo "same"
  under tar -C "$source_tree" "${options[@]}" --exclude='*7' -cJf some.tar.xz .
  under xz -T2 -2 --block-size=200000 -c "$source_tree/large" >large.xz
  under xz -dc large.xz | cksum
  under tar -cf /dev/null -T <(printf '%s\n' missing) 2>/dev/null || echo "missing: $?"
}

compare archive
passed
