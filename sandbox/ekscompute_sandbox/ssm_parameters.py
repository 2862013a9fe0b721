"""The public SSM parameters with the recommended AMI of each AMI type and Kubernetes version."""

from __future__ import annotations

import json
from collections.abc import Iterator

from moto.core.utils import utcnow
from moto.ssm.models import Parameter, ParameterDict

from .releases import (
    AL2_TYPES,
    AMI_TYPES,
    KUBERNETES_VERSIONS,
    Releases,
    ami_id,
    architecture,
    is_bottlerocket,
    is_windows,
    offered,
)

PREFIXES = ("/aws/service/eks/optimized-ami", "/aws/service/bottlerocket", "/aws/service/ami-windows-latest")
_AL2_NAMES = {
    "AL2_x86_64": "amazon-linux-2",
    "AL2_x86_64_GPU": "amazon-linux-2-gpu",
    "AL2_ARM_64": "amazon-linux-2-arm64",
}


def parent_path(version: str, ami_type: str) -> str:
    """Return the path of the parameter that contains a JSON document (Windows, Amazon Linux) or is a directory."""
    if ami_type in AL2_TYPES:
        return f"/aws/service/eks/optimized-ami/{version}/{_AL2_NAMES[ami_type]}/recommended"
    if is_bottlerocket(ami_type):
        flavour = ("-nvidia" if "NVIDIA" in ami_type else "") + ("-fips" if "FIPS" in ami_type else "")
        return f"/aws/service/bottlerocket/aws-k8s-{version}{flavour}/{architecture(ami_type)}/latest"
    if is_windows(ami_type):
        _, edition, year, _ = ami_type.split("_", 3)
        name = f"Windows_Server-{year}-English-{edition.title()}-EKS_Optimized-{version}"
        return f"/aws/service/ami-windows-latest/{name}"
    _, variant = ami_type.rsplit("_", 1)
    path = f"amazon-linux-2023/{architecture(ami_type)}/{variant.lower()}/recommended"
    return f"/aws/service/eks/optimized-ami/{version}/{path}"


def parameters_of(version: str, ami_type: str, release: str) -> dict[str, str]:
    """Return the parameter values by name for one release."""
    parent, image = parent_path(version, ami_type), ami_id(version, ami_type, release)
    if is_bottlerocket(ami_type):
        values = {f"{parent}/image_id": image, f"{parent}/image_version": release}
        for name in (release, release.split("-")[0]):
            pinned = f"{parent.rpartition('/')[0]}/{name}"
            values |= {f"{pinned}/image_id": image, f"{pinned}/image_version": release}
        return values
    document = {
        "schema_version": "2",
        "image_id": image,
        "image_name": image_name(version, ami_type, release),
        "release_version": release,
    }
    values = {parent: json.dumps(document), f"{parent}/image_id": image}
    if not is_windows(ami_type):
        # Each release has a directory next to the recommended release.
        pinned = f"{parent.rpartition('/')[0]}/{document['image_name']}"
        values[pinned] = values[parent]
        for folder in (parent, pinned):
            values[f"{folder}/image_id"] = image
            values[f"{folder}/release_version"] = release
            values[f"{folder}/image_name"] = document["image_name"]
    return values


def image_name(version: str, ami_type: str, release: str) -> str:
    """Return the name of the image, which contains the date of its release."""
    day = release.rpartition("-")[2]
    if is_windows(ami_type):
        return f"{parent_path(version, ami_type).rpartition('/')[2]}-{day}"
    if ami_type in AL2_TYPES:
        kind = _AL2_NAMES[ami_type].removeprefix("amazon-linux-2").lstrip("-")
        return f"amazon-eks-{kind + '-' if kind else ''}node-{version}-v{day}"
    variant = ami_type.rsplit("_", 1)[1].lower()
    return f"amazon-eks-node-al2023-{architecture(ami_type)}-{variant}-{version}-v{day}"


class _Tree:
    """Return all parameters of the current releases, which are created again when the releases change."""

    def __init__(self, releases: Releases) -> None:
        self._releases = releases
        self._generation = -1
        self._values: dict[str, str] = {}

    def values(self) -> dict[str, str]:
        """Return the values by name."""
        if self._generation != self._releases.generation:
            self._values = {}
            for version in KUBERNETES_VERSIONS:
                for ami_type in AMI_TYPES:
                    if offered(version, ami_type):
                        for release in self._releases.known(version, ami_type):
                            self._values.update(parameters_of(version, ami_type, release))
            self._generation = self._releases.generation
        return self._values


def install(releases: Releases) -> None:
    """Add the parameters to the SSM of moto. They are not copied, so a new release is visible immediately."""
    tree = _Tree(releases)
    find, contains, keys = (
        ParameterDict.__getitem__,
        ParameterDict.__contains__,
        ParameterDict.get_keys_beginning_with,
    )

    def getitem(self: ParameterDict, name: str) -> list[Parameter]:
        if name.startswith(PREFIXES) and name in tree.values():
            return [_parameter(self, name, tree.values()[name])]
        return find(self, name)

    def has(self: ParameterDict, name: str) -> bool:
        return (isinstance(name, str) and name.startswith(PREFIXES) and name in tree.values()) or contains(self, name)

    def beginning_with(self: ParameterDict, path: str, recursive: bool) -> Iterator[str]:
        if not path.startswith(PREFIXES):
            yield from keys(self, path, recursive)
            return
        stem = path.rstrip("/") + "/"
        for name in sorted(tree.values()):
            if name.startswith(stem) and (recursive or "/" not in name[len(stem) :]):
                yield name

    ParameterDict.__getitem__ = getitem  # type: ignore[method-assign]
    ParameterDict.__contains__ = has  # type: ignore[assignment, method-assign]
    ParameterDict.get_keys_beginning_with = beginning_with  # type: ignore[method-assign]


def _parameter(owner: ParameterDict, name: str, value: str) -> Parameter:
    return Parameter(
        account_id=owner.account_id,
        name=name,
        value=value,
        parameter_type="String",
        description=None,
        allowed_pattern=None,
        keyid=None,
        last_modified_date=utcnow(),
        version=1,
        data_type="text",
    )
