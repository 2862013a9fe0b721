#!/bin/sh
# Creates .build/sandbox-venv with the exact packages in sandbox/requirements.txt.
# Does nothing if the environment was already created from the same requirements.
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
    echo "sandbox: Python 3.11 or later is required, found $("$python" --version 2>&1) (set PYTHON to another interpreter)" >&2
    exit 1
}

mkdir -p "$root/.build"
# Two builds may start at the same time (make -j, or tests and a demo): only one installs.
lock="$root/.build/sandbox-venv.lock"
exec 9>"$lock"
if command -v flock >/dev/null 2>&1; then
    flock 9
    if [ -x "$venv/bin/python" ] && cmp -s "$requirements" "$stamp"; then
        echo "sandbox: $venv is up to date"
        exit 0
    fi
fi

echo "sandbox: creating $venv with $("$python" --version 2>&1)"
"$python" -m venv --clear "$venv"
echo "sandbox: installing the packages of sandbox/requirements.txt (moto, pytest, and their dependencies)"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --requirement "$requirements"
"$venv/bin/python" -m pip check --disable-pip-version-check
# Python finds the package through a .pth file, so edits take effect without a build step.
site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
echo "$root/sandbox" >"$site/ekscompute_sandbox.pth"
cp "$requirements" "$stamp"
echo "sandbox: ready"
