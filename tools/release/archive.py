"""Writes the files of a release to dist/."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

from crates import linked_crates, version
from notices import notices
from platforms import PROVIDER, ROOT, Platform, ReleaseError, output, say
from sbom import sbom

DIST = ROOT / "dist"
# The earliest time that a zip can store.
EPOCH = (1980, 1, 1, 0, 0, 0)
PROGRAM_MODE, TEXT_MODE = 0o755, 0o644


def base_name() -> str:
    return f"{PROVIDER}_{version()}"


def program_name(platform: Platform) -> str:
    return f"{PROVIDER}_v{version()}{platform.executable_suffix}"


def archive_path(platform: Platform) -> Path:
    return DIST / f"{base_name()}_{platform.suffix}.zip"


def sums_path() -> Path:
    return DIST / f"{base_name()}_SHA256SUMS"


def compile_program(platform: Platform) -> None:
    """Build the program. Up-to-date parts are kept."""
    say(f"compiling {PROVIDER} {version()} for {platform.target} (the first build takes several minutes)")
    command = ["cargo", "build", "--locked", "--release", "--target", platform.target, "--bin", PROVIDER]
    environment = os.environ | {"CARGO_ENCODED_RUSTFLAGS": "\x1f".join(platform.rust_flags())}
    if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode != 0:
        raise ReleaseError("cargo build failed")


def package(platform: Platform) -> None:
    """Write the zip and the bill of materials of a platform."""
    if not platform.binary.is_file():
        raise ReleaseError(f"{platform.binary} does not exist")
    DIST.mkdir(exist_ok=True)
    crates = linked_crates(platform)
    entries = [
        (program_name(platform), platform.binary.read_bytes(), PROGRAM_MODE),
        ("LICENSE", (ROOT / "LICENSE").read_bytes(), TEXT_MODE),
        ("THIRD_PARTY_NOTICES.txt", notices(crates, platform, version()).encode(), TEXT_MODE),
    ]
    archive = archive_path(platform)
    _write_zip(archive, entries)
    rustc = output(["rustc", "--version"]).split()[1]
    bill = archive.with_suffix(".cdx.json")
    bill.write_text(sbom(crates, platform, version(), rustc), encoding="utf-8", newline="\n")
    say(f"dist/{archive.name}: {archive.stat().st_size / 1e6:.1f} MB, {len(entries[0][1]) / 1e6:.1f} MB unpacked")
    say(f"dist/{bill.name}: {len(crates)} crates")


def _write_zip(path: Path, entries: list[tuple[str, bytes, int]]) -> None:
    """Write a zip whose bytes depend only on the entries."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content, mode in entries:
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system = 3  # Unix also when packed on Windows, so that the mode is read.
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content, compresslevel=9)


def write_sums() -> None:
    """Write the manifest and the checksums of the manifest and of all zips of this version."""
    archives = sorted(DIST.glob(f"{base_name()}_*.zip"))
    if not archives:
        raise ReleaseError(f"dist/ has no zip of version {version()}")
    manifest = DIST / f"{base_name()}_manifest.json"
    shutil.copyfile(ROOT / "terraform-registry-manifest.json", manifest)
    # The format of sha256sum. Registries read the names of the zips and of the manifest from it.
    lines = [f"{sha256(file)}  {file.name}\n" for file in [*archives, manifest]]
    sums_path().write_text("".join(lines), encoding="utf-8", newline="\n")
    say(f"dist/{sums_path().name}: {len(lines)} files")


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
