"""The AMIs that the terms of an EC2NodeClass select, with the instance types that they support."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.ssm.models import ssm_backends

from ..releases import parse_version
from ..world import Context
from .resolve import matches_tags

Requirement = dict[str, Any]
Image = dict[str, Any]

GPU, ACCELERATOR = "karpenter.k8s.aws/instance-gpu-count", "karpenter.k8s.aws/instance-accelerator-count"
ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}
WINDOWS = {"windows2019": "2019", "windows2022": "2022", "windows2025": "2025"}


class UnsupportedAlias(Exception):
    """An alias without AMIs for this Kubernetes version."""


@dataclass(slots=True, frozen=True)
class Variant:
    """An AMI of a family: its SSM parameter, and the instance types that it supports."""

    folder: str
    architecture: str
    requirements: tuple[tuple[str, str], ...]


STANDARD = ((GPU, "DoesNotExist"), (ACCELERATOR, "DoesNotExist"))
NVIDIA = ((GPU, "Exists"),)
NEURON = ((ACCELERATOR, "Exists"),)


def select(context: Context, version: str, terms: list[dict[str, Any]]) -> list[Image]:
    """Return AMIs as in the status. Variants that are not published are skipped."""
    found: dict[str, Image] = {}
    for term in terms:
        for image in _of_alias(context, version, term["alias"]) if "alias" in term else _of_term(context, term):
            found.setdefault(f"{image['id']} {image['requirements']}", image)
    return list(found.values())


def _of_alias(context: Context, version: str, alias: str) -> list[Image]:
    family, _, release = alias.partition("@")
    if family == "al2" and parse_version(version) >= (1, 33):
        raise UnsupportedAlias(f"AL2 is not supported on Kubernetes {version}, alias {alias!r} cannot be used")
    if family == "windows2025" and parse_version(version) < (1, 35):
        raise UnsupportedAlias(f"Windows Server 2025 is not supported on Kubernetes {version}")
    images = []
    for variant in _variants(family, version, release):
        image = _parameter(context, f"{variant.folder}/image_id")
        if image is not None:
            name = _parameter(context, f"{variant.folder}/image_name")
            requirements = [{"key": key, "operator": operator} for key, operator in variant.requirements]
            images.append(_image(image, name, [_architecture(variant.architecture), *requirements]))
    return images


def _variants(family: str, version: str, release: str) -> list[Variant]:
    root = f"/aws/service/eks/optimized-ami/{version}"
    if family == "al2023":
        kinds = [("x86_64", "standard", STANDARD), ("x86_64", "nvidia", NVIDIA), ("x86_64", "neuron", NEURON)]
        kinds += [("arm64", "standard", STANDARD), ("arm64", "nvidia", NVIDIA)]
        variants = []
        for machine, kind, requirements in kinds:
            pinned = f"amazon-eks-node-al2023-{machine}-{kind}-{version}-{release}"
            last = "recommended" if release == "latest" else pinned
            variants.append(Variant(f"{root}/amazon-linux-2023/{machine}/{kind}/{last}", machine, requirements))
        return variants
    if family == "al2":
        last = "recommended" if release == "latest" else release
        return [
            Variant(f"{root}/amazon-linux-2/{last}", "x86_64", STANDARD),
            Variant(f"{root}/amazon-linux-2-arm64/{last}", "arm64", STANDARD),
            Variant(f"{root}/amazon-linux-2-gpu/{last}", "x86_64", NVIDIA),
            Variant(f"{root}/amazon-linux-2-gpu/{last}", "x86_64", NEURON),
        ]
    if family == "bottlerocket":
        root, last = f"/aws/service/bottlerocket/aws-k8s-{version}", release.removeprefix("v")
        variants = []
        for machine in ARCHITECTURES:
            standard = STANDARD[:1] if machine == "x86_64" else STANDARD
            variants.append(Variant(f"{root}/{machine}/{last}", machine, standard))
            variants.append(Variant(f"{root}-nvidia/{machine}/{last}", machine, NVIDIA))
        return variants
    edition = f"Windows_Server-{WINDOWS[family]}-English-Core-EKS_Optimized-{version}"
    return [Variant(f"/aws/service/ami-windows-latest/{edition}", "x86_64", ())]


def _of_term(context: Context, term: dict[str, Any]) -> list[Image]:
    """For ID, name, tags, and SSM parameter, only the architecture is known."""
    wanted = _parameter(context, term["ssmParameter"]) if "ssmParameter" in term else term.get("id")
    images = []
    for image in context.ec2.describe_images():
        if wanted is not None and image.id != wanted:
            continue
        if "ssmParameter" in term and wanted is None:
            continue
        if term.get("name", image.name) != image.name or not matches_tags(context, term.get("tags", {}), image.id):
            continue
        owners = [each.strip() for each in term.get("owner", "self,amazon" if "name" in term else "").split(",")]
        if owners != [""] and not {str(image.owner_id), _owner(context, image)} & set(owners):
            continue
        images.append(_image(image.id, image.name, [_architecture(image.architecture)]))
    return images


def _owner(context: Context, image: Any) -> str:
    return "self" if str(image.owner_id) == context.account else "amazon"


def _image(id: str, name: str | None, requirements: list[Requirement]) -> Image:
    return {"id": id, **({"name": name} if name else {}), "requirements": requirements}


def _architecture(machine: str) -> Requirement:
    return {"key": "kubernetes.io/arch", "operator": "In", "values": [ARCHITECTURES.get(machine, machine)]}


def _parameter(context: Context, name: str) -> str | None:
    parameter = ssm_backends[context.account][context.region].get_parameter(name)
    return None if parameter is None else str(parameter.value)
