#!/bin/sh
# Puts the built provider where terraform init and tofu init look without any configuration: the implied local mirror
# of the user. Expects the binary as its argument.
set -eu

binary=$1
fail() { echo "install: $*" >&2; exit 1; }

[ -x "$binary" ] || fail "$binary is not there; make build makes it"
version=$("$binary" --version | sed -n '1s/.* v\{0,1\}\([0-9][0-9A-Za-z.+-]*\).*/\1/p')
[ -n "$version" ] || fail "$binary does not say its version"

case $(uname -s) in
    Linux) os=linux ;;
    Darwin) os=darwin ;;
    *) fail "unknown operating system $(uname -s)" ;;
esac
case $(uname -m) in
    x86_64 | amd64) architecture=amd64 ;;
    aarch64 | arm64) architecture=arm64 ;;
    *) fail "unknown architecture $(uname -m)" ;;
esac

for registry in registry.terraform.io registry.opentofu.org; do
    folder="$HOME/.terraform.d/plugins/$registry/ekscompute/ekscompute/$version/${os}_$architecture"
    mkdir -p "$folder"
    # A running provider keeps its old file: the new one is moved over the name.
    cp "$binary" "$folder/.new"
    mv -f "$folder/.new" "$folder/terraform-provider-ekscompute_v$version"
    echo "install: $folder/terraform-provider-ekscompute_v$version"
done

cat <<TEXT
install: now write

  terraform {
    required_providers {
      ekscompute = {
        source  = "ekscompute/ekscompute"
        version = "$version"
      }
    }
  }

and run terraform init, or tofu init. If it is not found, look whether TF_CLI_CONFIG_FILE or a provider_installation
block of yours turns the local mirror off.
TEXT
