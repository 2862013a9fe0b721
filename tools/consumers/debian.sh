#!/bin/sh
# Makes .build/consumers/debian: cloud-init, systemd's libraries and jq, unpacked from Debian's packages, with which the tests
# read userdata as a node reads it. Nothing is installed, and no root is needed. Does nothing when it is there.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
consumers="$root/.build/consumers"
packages="cloud-init systemd libsystemd-shared jq libjq1 libonig5"

say() { echo "consumers: $*"; }
fail() { say "$*" >&2; exit 1; }

mkdir -p "$consumers"
# Two builds may start at once: the second waits and finds all done.
if command -v flock >/dev/null 2>&1; then
    exec 9>"$consumers/debian.lock"
    flock 9
fi
if [ "$(cat "$consumers/debian.made-of" 2>/dev/null)" = "$packages" ]; then
    say "Debian's packages are there"
    exit 0
fi
for program in apt-get dpkg-deb; do
    command -v "$program" >/dev/null 2>&1 ||
        fail "$program is missing: cloud-init and systemd come from Debian's packages, so run this on Debian or Ubuntu"
done
say "downloading $packages from Debian"
rm -rf "$consumers/debian" "$consumers/download"
mkdir -p "$consumers/debian" "$consumers/download"
# As root, apt would download as another user, who may not write here.
(cd "$consumers/download" && apt-get -o APT::Sandbox::User=root --quiet --quiet download $packages) ||
    fail "apt-get cannot download them; apt-get update may help"
for package in "$consumers"/download/*.deb; do
    dpkg-deb --extract "$package" "$consumers/debian"
done
rm -rf "$consumers/download"
echo "$packages" >"$consumers/debian.made-of"
say "Debian's packages are ready"
