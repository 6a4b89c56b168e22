#!/bin/bash
# Installs what is missing of the Debian packages in tools/packages.txt.
#
#   tools/install_packages.sh GROUP...      # such as: build tests
#
# Prints nothing, and takes a few hundredths of a second, when all is there. Needs root, or sudo,
# only when something is missing. Services that packages bring (redis-server) are not started.
set -euo pipefail

readonly list="${BASH_SOURCE[0]%/*}/packages.txt"

die() {
  printf 'install_packages: %s\n' "$*" >&2
  exit 1
}

[[ $# -gt 0 ]] || die "say which groups of ${list} to install"

# wanted GROUP...: the packages of the groups, without those whose "unless" command exists.
wanted() {
  local group package unless command
  while read -r group package unless command; do
    [[ " $* " == *" ${group} "* ]] || continue
    if [[ "${unless}" == unless ]] && command -v "${command}" >/dev/null; then continue; fi
    echo "${package}"
  done < <(sed 's/ *#.*//; /^$/d' "${list}")
}

mapfile -t packages < <(wanted "$@")
[[ ${#packages[@]} -gt 0 ]] || die "${list} has no packages of: $*"
command -v dpkg-query >/dev/null ||
  die "this is not Debian. Install by hand what corresponds to: ${packages[*]}"

# dpkg-query fails when it knows nothing of one package, but still tells of the others.
installed=$(dpkg-query --show --showformat='${Package} ${db:Status-Status}\n' "${packages[@]}" \
  2>/dev/null || true)
missing=()
for package in "${packages[@]}"; do
  grep -qx "${package} installed" <<<"${installed}" || missing+=("${package}")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

by_hand="To do it by hand, as root: apt-get install ${missing[*]}"
as_root=()
if [[ ${EUID} -ne 0 ]]; then
  command -v sudo >/dev/null || die "not root, and there is no sudo. ${by_hand}"
  as_root=(sudo)
fi

echo "install_packages: installing with ${as_root[*]:+sudo and }apt-get: ${missing[*]}" >&2

# Without an answer from policy-rc.d, Debian starts every service that it installs.
readonly policy=/usr/sbin/policy-rc.d
remove_policy() { "${as_root[@]}" rm -f "${policy}"; }
if [[ ! -e "${policy}" ]]; then
  trap remove_policy EXIT
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "${policy}" >/dev/null
  "${as_root[@]}" chmod 755 "${policy}"
fi

# A service that is not started is no reason to fail. </dev/null: nobody answers questions.
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" </dev/null >&2
}
apt update || echo "install_packages: apt-get update failed; trying with the lists at hand" >&2
apt install --no-install-recommends "${missing[@]}" ||
  die "apt-get failed, as it says above (is there a network?). ${by_hand}"
