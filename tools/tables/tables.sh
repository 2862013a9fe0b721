#!/bin/sh
# Writes the tables of names that other projects add to with every release. Each comes from the releases listed in
# tools/tables/*-versions.txt, which the Go module registry serves: add the new release there, and run this again.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)

say() { echo "tables: $*"; }
fail() { say "$*" >&2; exit 1; }
. "$root/tools/clis/versions.env"
. "$root/tools/languages.sh"
find_go

render="$root/crates/render/src"

# write GENERATOR TABLE VERSIONS FILE
write() {
    say "$4"
    (cd "$root/tools/tables/$1" && "$go" run . "$2" "../$3") >"$render/$4.new"
    mv "$render/$4.new" "$render/$4"
}

write members kubelet kubelet-versions.txt kubelet_config/members.rs
write names flags kubernetes-versions.txt kubelet_config/flags/table.rs
write names gates kubernetes-versions.txt kubelet_config/gates/table.rs
write names library_gates kubernetes-versions.txt kubelet_config/gates/libraries.rs
write members containerd containerd-versions.txt containerd/members.rs
write members containerd_cri containerd-1-versions.txt containerd/cri.rs
write members containerd_images containerd-cri-versions.txt containerd/images.rs
write members containerd_runtime containerd-cri-versions.txt containerd/runtime.rs
write members runtime_spec runtime-spec-versions.txt runtime_spec/members.rs
write members nodeadm nodeadm-versions.txt nodeadm/schema/released.rs
write members hybrid_nodeadm hybrid-nodeadm-versions.txt nodeadm/schema/released_hybrid.rs
write members bottlerocket karpenter-versions.txt bottlerocket/settings/karpenter.rs
