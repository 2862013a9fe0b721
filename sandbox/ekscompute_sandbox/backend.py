"""moto's EKS backend, holding the sandbox's richer clusters and node groups."""

from __future__ import annotations

from typing import Any

from moto.eks.models import EKSBackend, eks_backends


class SandboxEKSBackend(EKSBackend):
    """The clusters of one account and Region, with indexes that keep every look-up constant-time."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        # Taggable objects by ARN: clusters, node groups, Fargate profiles, access entries.
        self.by_arn: dict[str, Any] = {}
        # Failed activities by Auto Scaling group; they outlive the group.
        self.scaling_activities: dict[str, list[dict[str, Any]]] = {}


def install() -> None:
    """Make moto build this backend wherever it would build its own."""
    eks_backends.backend = SandboxEKSBackend
    eks_backends.clear()
