#!/bin/sh
# Installs the built provider into the implied local mirror of the user, where terraform init and tofu init find it without
# configuration. Expects the path of the program. Supports Linux, macOS and Windows (in Git Bash, MSYS2 or Cygwin).
set -eu

fail() { echo "install: $*" >&2; exit 1; }

case $(uname -s) in
    Linux) os=linux mirror=$HOME/.terraform.d/plugins suffix= ;;
    Darwin) os=darwin mirror=$HOME/.terraform.d/plugins suffix= ;;
    # On Windows, Terraform and OpenTofu read the application data directory instead of the home directory.
    MINGW* | MSYS* | CYGWIN*) os=windows mirror=${APPDATA:?is not set}/terraform.d/plugins suffix=.exe ;;
    *) fail "unsupported operating system $(uname -s)" ;;
esac
case $(uname -m) in
    x86_64 | amd64) architecture=amd64 ;;
    aarch64 | arm64) architecture=arm64 ;;
    *) fail "unsupported architecture $(uname -m)" ;;
esac

binary=${1%"$suffix"}$suffix
[ -x "$binary" ] || fail "$binary does not exist; make build builds it"
version=$("$binary" --version | sed -n '1s/.* v\{0,1\}\([0-9][0-9A-Za-z.+-]*\).*/\1/p')
[ -n "$version" ] || fail "$binary does not report its version"

for registry in registry.terraform.io registry.opentofu.org; do
    directory="$mirror/$registry/ekscompute/ekscompute/$version/${os}_$architecture"
    installed="$directory/terraform-provider-ekscompute_v$version$suffix"
    mkdir -p "$directory"
    # A running provider keeps its old file: the new file replaces the name.
    cp "$binary" "$directory/.new"
    mv -f "$directory/.new" "$installed"
    echo "install: $installed"
done

cat <<TEXT
install: add this block to your configuration

  terraform {
    required_providers {
      ekscompute = {
        source  = "ekscompute/ekscompute"
        version = "$version"
      }
    }
  }

and run terraform init or tofu init. If the provider is not found, check whether TF_CLI_CONFIG_FILE or a
provider_installation block disables the implied local mirror.
TEXT
