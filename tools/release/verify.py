"""Verifies the zip of a platform as a user would: checksum, contents, and installation with both programs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

import isolated
from archive import DIST, EPOCH, PROGRAM_MODE, archive_path, program_name, sha256, sums_path
from crates import version
from platforms import Platform, ReleaseError, output, say
from workspace import SOURCE, write_workspace


def verify(platform: Platform, terraform: str, tofu: str) -> None:
    """Fail at the first difference between the zip and what registries and programs require."""
    archive = archive_path(platform)
    if not archive.is_file() or not sums_path().is_file():
        raise ReleaseError("dist/ is incomplete: run the steps build and sums first")
    _check_sums()
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch).resolve()
        program = _unpack(archive, platform, directory / "unpacked")
        reported = output([str(program), "--version"]).strip()
        if reported.split()[-1:] != [version()]:
            raise ReleaseError(f"the program reports {reported!r}, not version {version()}")
        tofu_program = _find(tofu)
        if platform.os == "linux":
            isolated.check(program, archive, tofu_program, directory / "root")
        else:
            say(f"{platform.os} has no static C library and no chroot: the checks in an empty root are skipped")
        for cli in (_find(terraform), tofu_program):
            _install(cli, archive, directory / cli.name)
    say(f"dist/{archive.name} is verified")


def _check_sums() -> None:
    for line in sums_path().read_text(encoding="utf-8").splitlines():
        digest, name = line.split("  ")
        if sha256(DIST / name) != digest:
            raise ReleaseError(f"dist/{name} does not match {sums_path().name}")
    say("checksums match")


def _unpack(archive: Path, platform: Platform, directory: Path) -> Path:
    """Unpack with the modes that the zip records, as Terraform does, and return the program."""
    with zipfile.ZipFile(archive) as packed:
        modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in packed.infolist()}
        times = {entry.date_time for entry in packed.infolist()}
        packed.extractall(directory)
    if modes.get(program_name(platform)) != PROGRAM_MODE:
        raise ReleaseError(f"{archive.name} has no {program_name(platform)} with mode 755: {modes}")
    if times != {EPOCH}:
        raise ReleaseError(f"{archive.name} has timestamps that vary: {times}")
    for name, mode in modes.items():
        (directory / name).chmod(mode)
    say(f"the zip contains {', '.join(modes)}")
    return directory / program_name(platform)


def _find(cli: str) -> Path:
    found = shutil.which(cli)
    if found is None:
        raise ReleaseError(f"{cli} is not installed")
    return Path(found).absolute()


def _install(cli: Path, archive: Path, directory: Path) -> None:
    write_workspace(directory, archive, (directory / "mirror").as_posix())
    run_cli(cli, directory, "init", "-no-color", "-input=false")
    schemas = json.loads(run_cli(cli, directory, "providers", "schema", "-json"))["provider_schemas"]
    served = [schema for name, schema in schemas.items() if name.endswith(SOURCE)]
    if not served or "ekscompute_node_group" not in served[0]["resource_schemas"]:
        raise ReleaseError(f"{cli.name} does not show the schema of the installed provider")
    say(f"{cli.name} init installs the provider and reads its schema")


def run_cli(cli: Path, directory: Path, *arguments: str) -> str:
    """Run Terraform or OpenTofu without any configuration of the user."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "AWS_"))}
    environment |= {"TF_CLI_CONFIG_FILE": str(directory / "cli.tfrc"), "CHECKPOINT_DISABLE": "1"}
    done = subprocess.run(
        [cli, *arguments], cwd=directory, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise ReleaseError(f"{cli.name} {arguments[0]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout
