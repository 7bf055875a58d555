#!/usr/bin/env bash
# Installs the system packages that building, running or testing needs, where
# that is possible without asking; elsewhere prints the line that does.
#   deploy/packages.sh run|test
set -euo pipefail

run_packages=(gcc libc6-dev make git unzip maven default-jdk-headless python3 python3-pip espeak-ng flite libopus-dev ca-certificates)
test_packages=(baresip-core sip-tester kamailio sox tcpdump iproute2 chromium)

case "${1:-}" in
  run) want=("${run_packages[@]}") ;;
  test) want=("${test_packages[@]}") ;;
  *) echo "usage: deploy/packages.sh run|test" >&2; exit 2 ;;
esac

# Toolchains are chosen by the user, not by us.
need() { # name, have, least, where to get it
  [ "$(printf '%s\n%s\n' "$3" "$2" | sort -V | head -1)" = "$3" ] && [ "$2" != 0 ] ||
    { echo "sidetone needs $1 $3 or newer (found: ${2/#0/none}); $4" >&2; exit 1; }
}
need Go "$(go env GOVERSION 2>/dev/null | sed 's/^go//' || true)" 1.26 "install it from the Go project's download page or your distribution"
need Node.js "$(node --version 2>/dev/null | sed 's/^v//' || echo 0)" 20.19 "install it from the Node.js project's download page or your distribution"

if ! command -v dpkg-query >/dev/null; then
  echo "packages: not a Debian-like system; make sure these are there: ${want[*]}" >&2
  exit 0
fi
# A command that is there by other means (a JDK beside the packages) counts.
declare -A gives=([gcc]=gcc [make]=make [git]=git [unzip]=unzip [maven]=mvn [default-jdk-headless]=java [python3]=python3 [python3-pip]=pip3
  [espeak-ng]=espeak-ng [flite]=flite [baresip-core]=baresip [sip-tester]=sipp [kamailio]=kamailio [sox]=sox [tcpdump]=tcpdump [iproute2]=ip [chromium]=chromium)
missing=()
for p in "${want[@]}"; do
  [ -n "${gives[$p]:-}" ] && command -v "${gives[$p]}" >/dev/null && continue
  dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
done
[ ${#missing[@]} -eq 0 ] && exit 0

install="apt-get install -y --no-install-recommends ${missing[*]}"
as=()
if [ "$(id -u)" != 0 ]; then
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as=(sudo -n); else
    echo "packages missing; install them with: sudo $install" >&2
    exit 1
  fi
fi
echo "installing: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { "${as[@]}" apt-get update -qq && "${as[@]}" env DEBIAN_FRONTEND=noninteractive $install; } >"$log" 2>&1; then
  tail -20 "$log" >&2
  echo "packages: that failed; try: ${as[*]} $install" >&2
  exit 1
fi
# Some packages start a server of their own; tests start theirs themselves.
case "$1" in test) "${as[@]}" sh -c 'command -v service >/dev/null && service kamailio stop' >/dev/null 2>&1 || true ;; esac
