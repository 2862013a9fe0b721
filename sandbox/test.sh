#!/bin/sh
# Runs the tests of the sandbox. Arguments are passed to pytest.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
"$root/sandbox/setup.sh"
"$root/sandbox/kubernetes/setup.sh"
cd "$root/sandbox/tests"
exec "$root/.build/sandbox-venv/bin/python" -B -m pytest -q -p no:cacheprovider "$@"
