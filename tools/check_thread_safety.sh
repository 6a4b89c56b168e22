#!/bin/bash
# Has clang check what the allocator's sources say of their mutexes (ABSL_GUARDED_BY and its like,
# which gcc passes over), in the default variant. Fails when something is touched without the mutex
# that guards it, or does not compile with clang.
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}/.."

# The defines of tools/variants.bzl and core/BUILD.bazel, at their defaults.
readonly defines=(
  -DHAKMEM_HARDENED=0 -DHAKMEM_HEADER_CLASSIDX=0 -DHAKMEM_HEADER_GUARD=0 -DHAKMEM_SEAMS=0
  -DHAKMEM_SIZE_CLASSES_POW2=0 -DHAKMEM_STATS=0 -DHAKMEM_VALIDATE=0
)

mapfile -t sources < <(git ls-files --cached --others --exclude-standard -- \
  {core,superslab,tiny,mid,l25,box}/'*.cc' ':!*_test.cc')
[[ ${#sources[@]} -gt 0 ]] || { echo "$0: no sources" >&2; exit 1; }
printf '%s\0' "${sources[@]}" | xargs -0 -P 2 -n 1 clang++ -std=c++20 -fsyntax-only -I. \
  "${defines[@]}" -Wthread-safety -Werror
echo "check_thread_safety: ${#sources[@]} files: all in order"
