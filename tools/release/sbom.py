"""The software bill of materials: CycloneDX 1.6 as JSON."""

from __future__ import annotations

import json
import uuid

from crates import Crate
from platforms import PROVIDER, Platform


def sbom(crates: list[Crate], platform: Platform, version: str, rustc: str) -> str:
    """The document. It has no timestamp, so that equal builds have equal documents."""
    program = next(crate for crate in crates if crate.name == PROVIDER)
    libraries = [crate for crate in crates if crate is not program]
    runtime = _runtime(platform, rustc)
    graph = [{"ref": _ref(crate.key), "dependsOn": [_ref(key) for key in crate.depends_on]} for crate in crates]
    graph[crates.index(program)]["dependsOn"] += [component["bom-ref"] for component in runtime]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": uuid.uuid5(uuid.NAMESPACE_URL, f"{program.repository}/{version}/{platform.target}").urn,
        "version": 1,
        "metadata": {
            "component": _component(program, "application"),
            "properties": [{"name": "rust:target", "value": platform.target}],
        },
        "components": [_component(crate, "library") for crate in libraries] + runtime,
        "dependencies": graph + [{"ref": component["bom-ref"]} for component in runtime],
    }
    return json.dumps(document, indent=2) + "\n"


def _ref(key: tuple[str, str]) -> str:
    return f"pkg:cargo/{key[0]}@{key[1]}"


def _component(crate: Crate, kind: str) -> dict:
    component = {"type": kind, "bom-ref": _ref(crate.key), "name": crate.name, "version": crate.version}
    component["licenses"] = [{"expression": crate.license}]
    if crate.repository:
        component["externalReferences"] = [{"type": "vcs", "url": crate.repository}]
    if not crate.is_ours:
        # The crates of this repository are not on crates.io, so they have no package URL.
        component["purl"] = _ref(crate.key)
        component["hashes"] = [{"alg": "SHA-256", "content": crate.checksum}]
    return component


def _runtime(platform: Platform, rustc: str) -> list[dict]:
    """What the toolchain links in beside the crates."""
    found = [_toolchain_part(f"rust-std@{rustc}", "rust-std", "MIT OR Apache-2.0") | {"version": rustc}]
    if platform.os == "linux":
        name, license_ = ("glibc", "LGPL-2.1-or-later") if platform.links_glibc else ("musl", "MIT")
        found.append(_toolchain_part(name, name, license_))
    return found


def _toolchain_part(ref: str, name: str, license_: str) -> dict:
    return {"type": "library", "bom-ref": ref, "name": name, "licenses": [{"expression": license_}]}
