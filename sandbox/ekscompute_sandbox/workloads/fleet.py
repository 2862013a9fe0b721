"""The instances and nodes that the managed node groups of a cluster should have."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..clusters import SandboxCluster
from ..joining import join_issues
from ..nodegroup import SandboxNodegroup
from ..releases import KUBERNETES_VERSIONS, architecture, is_windows
from ..scaling import processes
from ..scaling_groups import NodegroupAutoScalingGroup, find_group
from ..world import Context
from .instances import TERMINATING, NodeImage, NodeInstance, instances_of, launch
from .settings import Settings

EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}


@dataclass(slots=True, frozen=True)
class NodePlan:
    """The node of an instance."""

    name: str
    provider_id: str
    address: str
    labels: dict[str, str]
    taints: list[dict[str, str]]
    kubelet_version: str
    ready: bool


class Fleet:
    """The instances of one cluster. All methods require the lock of the world."""

    def __init__(self, context: Context, cluster: SandboxCluster, settings: Settings) -> None:
        self._context = context
        self._cluster = cluster
        self._settings = settings
        # UUIDs of node groups whose instances an operation in progress changes.
        self.busy: set[str] = set()
        self._launched: dict[str, float] = {}

    def reconcile(self, retire: Callable[[SandboxNodegroup, list[NodeInstance]], None]) -> list[NodePlan]:
        """Launch missing instances, retire surplus instances, and return all nodes that should exist."""
        plans = []
        for nodegroup in list(self._cluster.nodegroups.values()):
            group = find_group(self._context, nodegroup)
            if group is None:
                continue
            mode = self._join_mode(nodegroup)
            if mode is not None and nodegroup.uuid not in self.busy:
                self._scale(nodegroup, group, retire)
            if mode in ("join", "not_ready"):
                plans += [self._plan(nodegroup, each, mode) for each in instances_of(group) if self._is_due(each)]
        return plans

    def _join_mode(self, nodegroup: SandboxNodegroup) -> str | None:
        """Return how instances join, or None for a node group that does not launch any."""
        if nodegroup.status == "CREATE_FAILED":
            return None
        if nodegroup.status == "CREATING":
            transition = nodegroup.transition
            if transition is not None and transition.failure is not None:
                return None
            if self._context.world.settings.nodes_must_join and join_issues(self._context, nodegroup):
                return None
        return self._settings.join.get(nodegroup.nodegroup_name, "join")

    def _scale(
        self,
        nodegroup: SandboxNodegroup,
        group: NodegroupAutoScalingGroup,
        retire: Callable[[SandboxNodegroup, list[NodeInstance]], None],
    ) -> None:
        if nodegroup.status == "DELETING":
            return
        serving = [each for each in instances_of(group) if each.lifecycle_state != TERMINATING]
        missing, suspended = group.desired_capacity - len(serving), processes.suspended(group)
        if missing > 0 and "Launch" not in suspended:
            launch(self._context, nodegroup, group, group.image or NodeImage.of(nodegroup), missing)
        elif missing < 0 and "Terminate" not in suspended:
            surplus = _victims(serving, -missing)
            for each in surplus:
                each.lifecycle_state = TERMINATING
            if surplus:
                retire(nodegroup, surplus)

    def _is_due(self, instance: NodeInstance) -> bool:
        since = self._launched.setdefault(instance.instance_id, time.monotonic())
        return time.monotonic() - since >= self._settings.join_seconds

    def _plan(self, nodegroup: SandboxNodegroup, instance: NodeInstance, mode: str) -> NodePlan:
        name = instance.instance.private_dns_name
        return NodePlan(
            name,
            instance.provider_id,
            str(instance.instance.private_ip_address),
            {**nodegroup.labels, **self._labels(nodegroup, instance, name)},
            [_taint(each) for each in nodegroup.taints],
            self._kubelet_version(instance.image),
            mode == "join",
        )

    def _kubelet_version(self, image: NodeImage) -> str:
        """Return the version of a release of Amazon Linux, or else the latest patch of the Kubernetes version."""
        version = image.version or str(self._cluster.version)
        match = re.fullmatch(r"(\d+\.\d+\.\d+)-\d{8}", image.release)
        patch = match[1] if match else KUBERNETES_VERSIONS.get(version, (f"{version}.0",))[0]
        return f"v{patch}-eks-113cf36"

    def _labels(self, nodegroup: SandboxNodegroup, instance: NodeInstance, name: str) -> dict[str, str]:
        labels = {
            "eks.amazonaws.com/nodegroup": nodegroup.nodegroup_name,
            "eks.amazonaws.com/nodegroup-image": instance.image.ami,
            "eks.amazonaws.com/capacityType": nodegroup.capacity_type,
            "topology.kubernetes.io/region": self._context.region,
            "topology.kubernetes.io/zone": instance.availability_zone,
            "kubernetes.io/hostname": name,
            "kubernetes.io/os": "windows" if is_windows(nodegroup.ami_type) else "linux",
            "kubernetes.io/arch": "arm64" if architecture(nodegroup.ami_type) == "arm64" else "amd64",
            "node.kubernetes.io/instance-type": instance.instance_type,
        }
        if instance.image.template_id:
            labels["eks.amazonaws.com/sourceLaunchTemplateId"] = instance.image.template_id
            labels["eks.amazonaws.com/sourceLaunchTemplateVersion"] = instance.image.template_version
        return labels


def _taint(taint: dict[str, Any]) -> dict[str, str]:
    value = {"value": taint["value"]} if taint.get("value") else {}
    return {"key": taint["key"], "effect": EFFECTS[taint["effect"]], **value}


def _victims(serving: list[NodeInstance], count: int) -> list[NodeInstance]:
    """Return the instances for a scale-in: with the oldest launch template version first, then the oldest."""
    unprotected = [each for each in serving if not each.protected_from_scale_in]
    return sorted(unprotected, key=lambda each: int(each.launch_template["Version"]))[:count]
