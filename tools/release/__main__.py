"""Builds and verifies the files of a release in dist/: `make release`.

Each command is a step that a workflow runs alone: `build` on a machine of each platform, `sums` once over the zips of all.
"""

from __future__ import annotations

import argparse
import sys

from archive import compile_program, package, write_sums
from crates import version
from platforms import Platform, ReleaseError
from verify import verify


def main() -> None:
    """Run the step that the arguments name."""
    parser = argparse.ArgumentParser(prog="tools/release", description=__doc__.splitlines()[0])
    steps = parser.add_subparsers(dest="step", required=True)
    steps.add_parser("version", help="print the version in Cargo.toml")
    steps.add_parser("sums", help="write the manifest and the checksums of all zips in dist/")
    for name, text in {
        "build": "compile and pack the program",
        "verify": "install the zip and run the program",
    }.items():
        step = steps.add_parser(name, help=text)
        step.add_argument("--target", help="Rust target; defaults to this machine, with musl on Linux if installed")
        if name == "verify":
            step.add_argument("--terraform", default="terraform", help="path or name of Terraform")
            step.add_argument("--tofu", default="tofu", help="path or name of OpenTofu")
    arguments = parser.parse_args()
    match arguments.step:
        case "version":
            print(version())
        case "sums":
            write_sums()
        case "build":
            platform = Platform.named(arguments.target)
            compile_program(platform)
            package(platform)
        case "verify":
            verify(Platform.named(arguments.target), arguments.terraform, arguments.tofu)


try:
    main()
except ReleaseError as error:
    sys.exit(f"release: {error}")
