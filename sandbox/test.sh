#!/bin/sh
# Runs the tests of the sandbox. Arguments are passed to pytest.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
"$root/sandbox/setup.sh"
"$root/sandbox/kubernetes/setup.sh"
# A checkout that shares the environment of another one tests its own package.
export PYTHONPATH="$root/sandbox"
cd "$root/sandbox/tests"
exec "$root/.build/sandbox-venv/bin/python" -B -m pytest -q -p no:cacheprovider "$@"
