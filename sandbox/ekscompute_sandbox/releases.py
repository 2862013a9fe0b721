"""Kubernetes versions and AMI releases of the sandbox.

Dates and numbers are fixed, so that tests are stable. Their formats are the same as in the real service.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import Any

from .errors import ApiError, eks_error

# version: (patch, release date, end of standard support, end of extended support)
KUBERNETES_VERSIONS = {
    "1.30": ("1.30.14", "2024-05-23", "2025-07-23", "2026-07-23"),
    "1.31": ("1.31.13", "2024-09-26", "2025-11-26", "2026-11-26"),
    "1.32": ("1.32.9", "2025-01-23", "2026-03-23", "2027-03-23"),
    "1.33": ("1.33.5", "2025-05-29", "2026-07-29", "2027-07-29"),
    "1.34": ("1.34.2", "2025-10-02", "2026-12-02", "2027-12-02"),
    "1.35": ("1.35.0", "2026-01-27", "2027-03-27", "2028-03-27"),
}
DEFAULT_VERSION = "1.34"
# Fixed statuses instead of statuses by date, so that the result of a test does not change over time.
EXTENDED_SUPPORT = ("1.30", "1.31", "1.32")

AL2_TYPES = ("AL2_x86_64", "AL2_x86_64_GPU", "AL2_ARM_64")
AMI_TYPES = (
    *AL2_TYPES,
    "AL2023_x86_64_STANDARD",
    "AL2023_ARM_64_STANDARD",
    "AL2023_x86_64_NEURON",
    "AL2023_x86_64_NVIDIA",
    "AL2023_ARM_64_NVIDIA",
    "BOTTLEROCKET_x86_64",
    "BOTTLEROCKET_ARM_64",
    "BOTTLEROCKET_x86_64_NVIDIA",
    "BOTTLEROCKET_ARM_64_NVIDIA",
    "BOTTLEROCKET_x86_64_FIPS",
    "BOTTLEROCKET_ARM_64_FIPS",
    "BOTTLEROCKET_x86_64_NVIDIA_FIPS",
    "BOTTLEROCKET_ARM_64_NVIDIA_FIPS",
    "WINDOWS_CORE_2019_x86_64",
    "WINDOWS_FULL_2019_x86_64",
    "WINDOWS_CORE_2022_x86_64",
    "WINDOWS_FULL_2022_x86_64",
    "WINDOWS_CORE_2025_x86_64",
    "WINDOWS_FULL_2025_x86_64",
)

_RELEASE_DATES = ("20250807", "20250904", "20251016")
_BOTTLEROCKET_RELEASES = ("1.44.0-3a1d8b30", "1.47.0-8b2fd5a6", "1.49.0-713f44ce")


def parse_version(version: str) -> tuple[int, int]:
    """Parse `1.33` to a tuple that can be compared. Other values are rejected, as in EKS."""
    match = re.fullmatch(r"(\d+)\.(\d+)", version)
    if not match:
        raise eks_error("InvalidParameterException", f"unsupported Kubernetes version {version}")
    return int(match[1]), int(match[2])


def rollback_version(version: str) -> tuple[int, int]:
    """Return the oldest version to which a control plane or node group of this version can be rolled back."""
    major, minor = parse_version(version)
    return major, minor - 1


def architecture(ami_type: str) -> str:
    """Return `arm64` or `x86_64`."""
    return "arm64" if "ARM_64" in ami_type else "x86_64"


def is_windows(ami_type: str) -> bool:
    """Whether nodes of the type run Windows."""
    return ami_type.startswith("WINDOWS")


def is_bottlerocket(ami_type: str) -> bool:
    """Whether nodes of the type run Bottlerocket."""
    return ami_type.startswith("BOTTLEROCKET")


def offered(version: str, ami_type: str) -> bool:
    """Whether EKS publishes images of the type for the Kubernetes version."""
    if version not in KUBERNETES_VERSIONS or ami_type not in AMI_TYPES:
        return False
    if ami_type in AL2_TYPES:
        return parse_version(version) < (1, 33)
    if "_2025_" in ami_type:
        return parse_version(version) >= (1, 35)
    return True


def ami_id(version: str, ami_type: str, release: str) -> str:
    """Return a stable image ID for a release."""
    digest = hashlib.sha256(f"{version}/{ami_type}/{release}".encode()).hexdigest()
    return f"ami-{digest[:17]}"


class Releases:
    """AMI releases by Kubernetes version and AMI type, oldest first. Tests can publish newer releases."""

    def __init__(self) -> None:
        # Counts the changes, so that derived data is recreated when the releases change.
        self.generation = 0
        self.reset()

    def reset(self) -> None:
        """Reset to the built-in releases."""
        self._published: dict[tuple[str, str], list[str]] = {}
        self.generation += 1

    def known(self, version: str, ami_type: str) -> list[str]:
        """Return all releases of a combination, oldest first. Empty if it is not offered."""
        if not offered(version, ami_type):
            return []
        return _built_in(version, ami_type) + self._published.get((version, ami_type), [])

    def latest(self, version: str, ami_type: str) -> str:
        """Return the recommended release. Raises an error if the combination is not offered."""
        releases = self.known(version, ami_type)
        if not releases:
            raise eks_error(
                "InvalidParameterException",
                f"Requested amiType {ami_type} is not supported for Kubernetes version {version}",
            )
        return releases[-1]

    def check(self, version: str, ami_type: str, release: str) -> None:
        """Raise an error for a release that was not published for the combination."""
        latest = self.latest(version, ami_type)
        if release not in self.known(version, ami_type):
            raise eks_error(
                "InvalidParameterException",
                f"Requested Nodegroup release version {release} is invalid. Allowed release version is {latest}",
            )

    def publish(self, version: str, ami_type: str, release: str) -> None:
        """Add a newer release, which becomes the recommended release."""
        if not offered(version, ami_type):
            raise ApiError("BadRequest", f"{ami_type} is not offered for Kubernetes {version}")
        if release in self.known(version, ami_type):
            raise ApiError("BadRequest", f"{release} is already published")
        self._published.setdefault((version, ami_type), []).append(release)
        self.generation += 1


def _built_in(version: str, ami_type: str) -> list[str]:
    if is_bottlerocket(ami_type):
        return list(_BOTTLEROCKET_RELEASES)
    if is_windows(ami_type):
        return [f"{version}-{date[:4]}.{date[4:6]}.{date[6:]}" for date in _RELEASE_DATES]
    newest_patch = int(KUBERNETES_VERSIONS[version][0].rsplit(".", 1)[1])
    patches = range(newest_patch - len(_RELEASE_DATES) + 1, newest_patch + 1)
    return [f"{version}.{max(patch, 0)}-{date}" for patch, date in zip(patches, _RELEASE_DATES, strict=True)]


def cluster_versions() -> list[dict[str, Any]]:
    """Return the versions for DescribeClusterVersions, newest first."""
    return [_cluster_version(version) for version in reversed(KUBERNETES_VERSIONS)]


def _cluster_version(version: str) -> dict[str, Any]:
    patch, released, standard_end, extended_end = KUBERNETES_VERSIONS[version]
    extended = version in EXTENDED_SUPPORT
    return {
        "clusterVersion": version,
        "clusterType": "eks",
        "defaultPlatformVersion": platform_version(version),
        "defaultVersion": version == DEFAULT_VERSION,
        "releaseDate": _timestamp(released),
        "endOfStandardSupportDate": _timestamp(standard_end),
        "endOfExtendedSupportDate": _timestamp(extended_end),
        "status": "extended-support" if extended else "standard-support",
        "versionStatus": "EXTENDED_SUPPORT" if extended else "STANDARD_SUPPORT",
        "kubernetesPatchVersion": patch,
    }


def platform_version(version: str) -> str:
    """Return the platform version of a new cluster with the Kubernetes version."""
    return f"eks.{40 - parse_version(version)[1]}"


def _timestamp(date: str) -> float:
    return datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp()
