"""The rules of EKS for node group requests, with errors that contain the known substrings."""

from __future__ import annotations

import re
from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPES

from .clusters import SandboxCluster
from .errors import eks_error
from .releases import architecture, is_bottlerocket, parse_version
from .world import Context

# Labels with a reserved domain that a kubelet can set on its node.
_ALLOWED_LABELS = re.compile(
    r"(beta\.)?kubernetes\.io/(hostname|arch|os|instance-type)"
    r"|(topology|failure-domain\.beta)\.kubernetes\.io/(region|zone)"
    r"|node\.kubernetes\.io/[^/]+|([\w.-]+\.)?(node|kubelet)\.kubernetes\.io/[^/]+"
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def invalid(text: str, cluster: str | None = None, nodegroup: str | None = None) -> Exception:
    """Return an InvalidParameterException."""
    return eks_error("InvalidParameterException", text, clusterName=cluster, nodegroupName=nodegroup)


def check_name(name: str) -> None:
    """Check for up to 63 letters, digits, `-`, and `_`, starting with a letter or digit."""
    if len(name) > 63:
        raise invalid("nodegroupName can't be longer than 63 characters!", nodegroup=name)
    if not _NAME.fullmatch(name):
        raise invalid(
            "The nodegroup name can contain only alphanumeric characters, hyphens and underscores, and must start "
            "with an alphanumeric character",
            nodegroup=name,
        )


def check_scaling(scaling: dict[str, int]) -> None:
    """Check that min <= desired <= max."""
    low, high, desired = scaling["minSize"], scaling["maxSize"], scaling["desiredSize"]
    if low > desired:
        raise invalid(f"Minimum capacity {low} can't be greater than desired size {desired}")
    if desired > high:
        raise invalid(f"desiredSize is not valid: Desired capacity {desired} can't be greater than max size {high}")


def merge_update_config(current: dict[str, Any], wanted: dict[str, Any], max_size: int) -> dict[str, Any]:
    """Return the update configuration after a change. Count and percentage replace each other."""
    if "maxUnavailable" in wanted and "maxUnavailablePercentage" in wanted:
        raise invalid("Only one of maxUnavailable and maxUnavailablePercentage can be specified")
    merged = dict(current)
    if "maxUnavailable" in wanted or "maxUnavailablePercentage" in wanted:
        merged.pop("maxUnavailable", None)
        merged.pop("maxUnavailablePercentage", None)
    merged.update(wanted)
    check_max_unavailable(merged, max_size)
    return merged


def check_max_unavailable(update_config: dict[str, Any], max_size: int) -> None:
    """Check that maxUnavailable is between 1 and 100, and at most the maximum size of the group."""
    count = update_config.get("maxUnavailable")
    if count is not None and not 1 <= count <= min(max(max_size, 1), 100):
        raise invalid("max-unavailable must be within the range 1 and max size of the node group")


def check_taints(taints: list[dict[str, str]]) -> None:
    """Check for up to 50 taints, each with a key and an effect, and without duplicates."""
    if len(taints) > 50:
        raise invalid("Number of taints exceeds the limit of 50")
    seen = set()
    for taint in taints:
        if "key" not in taint or "effect" not in taint:
            raise invalid("Taint must have a key and an effect")
        identity = (taint["key"], taint["effect"])
        if identity in seen:
            raise invalid(f"Duplicate taint {taint['key']} with effect {taint['effect']}")
        seen.add(identity)


def check_labels(labels: dict[str, str]) -> None:
    """Reject reserved domains, except for the keys that a kubelet can set."""
    for key in labels:
        domain = key.rpartition("/")[0]
        reserved = any(
            domain == each or domain.endswith(f".{each}") for each in ("kubernetes.io", "k8s.io", "eks.amazonaws.com")
        )
        if reserved and not _ALLOWED_LABELS.fullmatch(key):
            raise invalid(
                f"Label cannot contain reserved prefixes [kubernetes.io/, k8s.io/, eks.amazonaws.com/]: {key}"
            )


def check_repair(config: dict[str, Any]) -> None:
    """Check that only one of each threshold pair is set, and that overrides are complete."""
    for stem in ("maxUnhealthyNodeThreshold", "maxParallelNodesRepaired"):
        if f"{stem}Count" in config and f"{stem}Percentage" in config:
            raise invalid(f"Only one of {stem}Count and {stem}Percentage can be specified")
    needed = {"nodeMonitoringCondition", "nodeUnhealthyReason", "minRepairWaitTimeMins", "repairAction"}
    for override in config.get("nodeRepairConfigOverrides", []):
        missing = sorted(needed - set(override))
        if missing:
            raise invalid(f"nodeRepairConfigOverrides must specify {', '.join(missing)}")


UNLIMITED = -1
WARM_POOL_DEFAULTS: dict[str, Any] = {"minSize": 0, "poolState": "STOPPED", "reuseOnScaleIn": False}


def merge_warm_pool(current: dict[str, Any] | None, wanted: dict[str, Any], ami_type: str) -> dict[str, Any] | None:
    """Return the warm pool after a change, or None if there is none. `enabled` keeps its value if it is omitted."""
    enabled = wanted.get("enabled", current is not None)
    if not enabled:
        return None
    merged = {**WARM_POOL_DEFAULTS, **(current or {}), **wanted, "enabled": True}
    if ami_type == "CUSTOM":
        raise invalid("Warm pools are not supported with custom AMIs.")
    if is_bottlerocket(ami_type) and (merged["poolState"] == "HIBERNATED" or merged["reuseOnScaleIn"]):
        raise invalid("Bottlerocket does not support warm pools with hibernation or reuse on scale in.")
    # As in Auto Scaling, -1 removes a limit, and omitting the value keeps it.
    if merged.get("maxGroupPreparedCapacity") == UNLIMITED:
        del merged["maxGroupPreparedCapacity"]
    capacity = merged.get("maxGroupPreparedCapacity")
    if capacity is not None and capacity < merged["minSize"]:
        raise invalid("maxGroupPreparedCapacity can't be less than the warm pool's minSize")
    return merged


def check_instance_types(instance_types: list[str], ami_type: str | None) -> str:
    """Check that the instance types exist and have the architecture of the AMI. Return their default AMI type."""
    if len(instance_types) > 20:
        raise invalid("Number of instance types exceeds the limit of 20")
    unknown = [each for each in instance_types if each not in INSTANCE_TYPES]
    if unknown:
        raise invalid(f"The following supplied instance types do not exist: [{', '.join(unknown)}]")
    chosen = ami_type
    if chosen is None:
        arm = "arm64" in _architectures(instance_types[0])
        chosen = "AL2023_ARM_64_STANDARD" if arm else "AL2023_x86_64_STANDARD"
    if chosen != "CUSTOM":
        wrong = [each for each in instance_types if architecture(chosen) not in _architectures(each)]
        if wrong:
            raise invalid(f"[{', '.join(wrong)}] is not a valid instance type for requested amiType {chosen}")
    return chosen


def _architectures(instance_type: str) -> list[str]:
    return list(INSTANCE_TYPES[instance_type]["ProcessorInfo"]["SupportedArchitectures"])


def check_subnets(context: Context, cluster: SandboxCluster, subnet_ids: list[str]) -> None:
    """Check that the subnets exist and are in the VPC of the cluster."""
    if not subnet_ids:
        raise invalid("Subnets are not specified")
    for subnet_id in subnet_ids:
        subnet = _find_subnet(context, subnet_id)
        if subnet is None:
            raise invalid(f"The subnet ID '{subnet_id}' does not exist", cluster.name)
        if subnet.vpc_id != cluster.resources_vpc_config["vpcId"]:
            raise invalid(f"Subnet {subnet_id} does not belong to the VPC of cluster {cluster.name}", cluster.name)


def _find_subnet(context: Context, subnet_id: str) -> Any:
    # moto stores subnets by zone. The cost of a search by filters increases with their number.
    for subnets in context.ec2.subnets.values():
        if subnet_id in subnets:
            return subnets[subnet_id]
    return None


def check_remote_access(context: Context, remote_access: dict[str, Any]) -> None:
    """Check that the key pair and the security groups exist. Security groups require a key pair."""
    key, groups = remote_access.get("ec2SshKey"), remote_access.get("sourceSecurityGroups", [])
    if groups and not key:
        raise invalid("sourceSecurityGroups can only be specified together with ec2SshKey")
    if key and key not in context.ec2.key_pairs:
        raise invalid(f"The key pair '{key}' does not exist (Error Code: InvalidKeyPair.NotFound)")
    for group in groups:
        if context.ec2.get_security_group_from_id(group) is None:
            raise invalid(f"The security group '{group}' does not exist (Error Code: InvalidGroup.NotFound)")


def check_create_version(cluster: SandboxCluster, version: str) -> None:
    """Check the version: a new node group must have the version of the cluster."""
    if parse_version(version) != parse_version(cluster.version):
        raise invalid(
            f"Nodegroup Kubernetes version should be equal to Cluster kubernetes version {cluster.version}",
            cluster.name,
        )
