"""The crates that are linked into the program."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path

from platforms import PROVIDER, ROOT, Platform, output

LICENSE_FILES = ("license", "licence", "copying", "notice", "copyright", "unlicense")


@dataclass(frozen=True, slots=True)
class Crate:
    """A crate, as its manifest and the lock file describe it."""

    name: str
    version: str
    license: str
    repository: str
    authors: tuple[str, ...]
    directory: Path
    # SHA-256 of the crate file. The crates of this repository have none.
    checksum: str | None
    depends_on: tuple[tuple[str, str], ...]

    @property
    def key(self) -> tuple[str, str]:
        return self.name, self.version

    @property
    def is_ours(self) -> bool:
        return self.checksum is None

    def license_texts(self) -> list[str]:
        """Texts of the license and notice files of the crate."""
        files = sorted(file for file in self.directory.iterdir() if file.is_file())
        texts = [file for file in files if file.name.lower().startswith(LICENSE_FILES)]
        return [file.read_text(encoding="utf-8", errors="replace").strip() for file in texts]


def linked_crates(platform: Platform) -> list[Crate]:
    """The crates of the program by name, without build dependencies and procedural macros."""
    packages = {(package["name"], package["version"]): package for package in _metadata(platform)["packages"]}
    keys = _linked_keys(platform)
    checksums = _checksums()
    return [_crate(packages[key], keys, checksums.get(key)) for key in sorted(keys)]


def _crate(package: dict, linked: set[tuple[str, str]], checksum: str | None) -> Crate:
    return Crate(
        name=package["name"],
        version=package["version"],
        # An SPDX expression: old manifests separate alternatives with a slash.
        license=" OR ".join(part.strip() for part in (package["license"] or "").split("/")),
        repository=package["repository"] or "",
        authors=tuple(package["authors"]),
        directory=Path(package["manifest_path"]).parent,
        checksum=checksum,
        depends_on=tuple(key for key in package["resolved"] if key in linked),
    )


def _metadata(platform: Platform) -> dict:
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", platform.target]
    metadata = json.loads(output(command))
    by_id = {package["id"]: package for package in metadata["packages"]}
    for node in metadata["resolve"]["nodes"]:
        normal = [dep["pkg"] for dep in node["deps"] if any(kind["kind"] is None for kind in dep["dep_kinds"])]
        by_id[node["id"]]["resolved"] = sorted((by_id[id_]["name"], by_id[id_]["version"]) for id_ in normal)
    return metadata


def _linked_keys(platform: Platform) -> set[tuple[str, str]]:
    # cargo metadata unites the features of all kinds of dependencies; cargo tree resolves them as cargo build does.
    command = ["cargo", "tree", "--locked", "--package", PROVIDER, "--target", platform.target]
    lines = output([*command, "--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"]).splitlines()
    words = (line.split() for line in lines if line)
    return {(name, version.removeprefix("v")) for name, version, *_ in words}


def _checksums() -> dict[tuple[str, str], str]:
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text(encoding="utf-8"))
    return {(entry["name"], entry["version"]): entry["checksum"] for entry in lock["package"] if "checksum" in entry}


def version() -> str:
    """Version of the provider: workspace.package.version in Cargo.toml."""
    return tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["workspace"]["package"]["version"]
