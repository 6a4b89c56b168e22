#!/bin/bash
# Checks the format of what git tracks, and of new files that it does not ignore: C and C++ with
# clang-format, Bazel files with buildifier (format and lint).
#
#   tools/check_format.sh          # lists what is wrong, and fails when something is
#   tools/check_format.sh --fix    # rewrites files; what lint finds may need a hand
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}/.."

readonly buildifier_version=8.2.1
# Rules that are native in Bazel 4.2.3, and in no rule set that Debian 12 ships.
readonly lint_warnings=-native-py,-native-sh-binary,-native-sh-library,-native-sh-test

fix=
case "$*" in
  "") ;;
  --fix) fix=1 ;;
  *)
    echo "usage: $0 [--fix]" >&2
    exit 2
    ;;
esac

tools/install_packages.sh checks

# buildifier comes as an npm package; it is kept in the user's cache folder.
readonly cache="${XDG_CACHE_HOME:-${HOME:?}/.cache}/hakmem/buildifier-${buildifier_version}"
readonly buildifier="${cache}/node_modules/.bin/buildifier"
if [[ ! -x "${buildifier}" ]]; then
  echo "check_format: installing buildifier ${buildifier_version} into ${cache}" >&2
  mkdir -p "${cache}"
  npm install --prefix "${cache}" --no-audit --no-fund --no-save --ignore-scripts --loglevel=error \
    "@bazel/buildifier@${buildifier_version}" </dev/null >&2
fi

# files PATTERN...: those files of the work tree, and how many.
files() {
  mapfile -d '' -t found < <(git ls-files -z --cached --others --exclude-standard -- "$@")
  local file existing=()
  for file in "${found[@]}"; do
    [[ ! -f "${file}" ]] || existing+=("${file}")
  done
  found=("${existing[@]+"${existing[@]}"}")
}

status=0

files '*.h' '*.cc' '*.c'
cxx=${#found[@]}
if [[ ${cxx} -gt 0 ]]; then
  if [[ -n "${fix}" ]]; then
    clang-format -i "${found[@]}"
  else
    clang-format --dry-run -Werror "${found[@]}" 2>&1 |
      sed -n 's/^\(.*:[0-9]*\):[0-9]*: error: .*/\1: not as clang-format writes it/p' | uniq || status=1
  fi
fi

files '*BUILD' '*BUILD.bazel' '*.bzl' WORKSPACE
if [[ -n "${fix}" ]]; then
  "${buildifier}" -lint=fix -warnings="${lint_warnings}" "${found[@]}"
else
  "${buildifier}" -mode=check -lint=warn -warnings="${lint_warnings}" "${found[@]}" || status=1
fi

if [[ ${status} -ne 0 ]]; then
  echo "check_format: the files above need: tools/check_format.sh --fix" >&2
  exit 1
fi
echo "check_format: ${cxx} C and C++ files and ${#found[@]} Bazel files: all in order"
