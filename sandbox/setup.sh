#!/bin/sh
# Makes .build/sandbox-venv with the exact packages of sandbox/requirements.txt.
# Does nothing when the environment was already made from the same requirements.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
venv="$root/.build/sandbox-venv"
requirements="$root/sandbox/requirements.txt"
stamp="$venv/requirements.installed"

if [ -x "$venv/bin/python" ] && cmp -s "$requirements" "$stamp"; then
    echo "sandbox: $venv is up to date"
    exit 0
fi

python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "sandbox: Python 3.11 or later is needed, $("$python" --version 2>&1) found (set PYTHON to another)" >&2
    exit 1
}

mkdir -p "$root/.build"
# Two builds may start at once (make -j, tests beside a demo): only one installs.
lock="$root/.build/sandbox-venv.lock"
exec 9>"$lock"
if command -v flock >/dev/null 2>&1; then
    flock 9
    if [ -x "$venv/bin/python" ] && cmp -s "$requirements" "$stamp"; then
        echo "sandbox: $venv is up to date"
        exit 0
    fi
fi

echo "sandbox: making $venv with $("$python" --version 2>&1)"
"$python" -m venv --clear "$venv"
echo "sandbox: installing the packages of sandbox/requirements.txt (moto, pytest and what they need)"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --requirement "$requirements"
"$venv/bin/python" -m pip check --disable-pip-version-check
# The package itself is found through a .pth file: no build step, edits are live.
site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
echo "$root/sandbox" >"$site/ekscompute_sandbox.pth"
cp "$requirements" "$stamp"
echo "sandbox: ready"
