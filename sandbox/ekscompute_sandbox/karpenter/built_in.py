"""The objects that EKS manages in an EKS Auto Mode cluster: the node class `default` and the built-in node pools."""

from __future__ import annotations

from typing import Any

from ..clusters import SandboxCluster
from .kinds import AUTO_NODE_CLASS, POOL, Objects

MANAGER = "eks"
LABELS = {"app.kubernetes.io/managed-by": "eks"}


def make(objects: Objects, cluster: SandboxCluster) -> None:
    """Create missing objects. The node class has the subnets and the security group of the cluster."""
    network = cluster.resources_vpc_config
    role = (cluster.compute_config or {}).get("nodeRoleArn") or cluster.seeded.get("node_role_arn", "node")
    spec: dict[str, Any] = {
        "role": role.rpartition("/")[2],
        "subnetSelectorTerms": [{"id": each} for each in network["subnetIds"]],
        "securityGroupSelectorTerms": [{"id": network["clusterSecurityGroupId"]}],
    }
    objects.create(AUTO_NODE_CLASS.kind, {"metadata": {"name": "default", "labels": LABELS}, "spec": spec}, MANAGER)
    general = [_in("eks.amazonaws.com/instance-category", "c", "m", "r"), _in("kubernetes.io/arch", "amd64")]
    system = [_in("eks.amazonaws.com/instance-category", "c", "m", "r"), _in("kubernetes.io/arch", "amd64", "arm64")]
    _pool(objects, "general-purpose", general, [])
    _pool(objects, "system", system, [{"key": "CriticalAddonsOnly", "effect": "NoSchedule"}])


def _in(key: str, *values: str) -> dict[str, Any]:
    return {"key": key, "operator": "In", "values": list(values)}


def _pool(objects: Objects, name: str, requirements: list[dict[str, Any]], taints: list[dict[str, str]]) -> None:
    reference = {"group": AUTO_NODE_CLASS.kind.group, "kind": AUTO_NODE_CLASS.kind.name, "name": "default"}
    generation = {"key": "eks.amazonaws.com/instance-generation", "operator": "Gt", "values": ["4"]}
    capacity = _in("karpenter.sh/capacity-type", "on-demand")
    template = {
        "spec": {
            "nodeClassRef": reference,
            "requirements": [capacity, *requirements, generation],
            "expireAfter": "336h",
            "terminationGracePeriod": "24h",
            **({"taints": taints} if taints else {}),
        }
    }
    objects.create(POOL, {"metadata": {"name": name, "labels": LABELS}, "spec": {"template": template}}, MANAGER)
