"""The EKS backend of moto with the extended clusters and node groups of the sandbox."""

from __future__ import annotations

from typing import Any

from moto.eks.models import EKSBackend, eks_backends


class SandboxEKSBackend(EKSBackend):
    """The clusters of one account and Region, with indexes for lookups in constant time."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        # Taggable objects by ARN: clusters, node groups, Fargate profiles, access entries.
        self.by_arn: dict[str, Any] = {}
        # Failed activities by Auto Scaling group, which are kept after the group is deleted.
        self.scaling_activities: dict[str, list[dict[str, Any]]] = {}


def install() -> None:
    """Make moto create this backend instead of the original backend."""
    eks_backends.backend = SandboxEKSBackend
    eks_backends.clear()
