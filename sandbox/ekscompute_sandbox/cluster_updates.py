"""UpdateClusterVersion and UpdateClusterConfig."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .access_entries import enable_entries
from .clusters import SandboxCluster, find_cluster
from .errors import eks_error
from .faults import FaultRule
from .operations import operation
from .releases import KUBERNETES_VERSIONS, parse_version, platform_version, rollback_version
from .updates import Update, fingerprint, param, same_request
from .world import Context

_AUTHENTICATION_ORDER = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")


def _begin(
    context: Context,
    cluster: SandboxCluster,
    type_: str,
    params: list[dict[str, str]],
    parameters: dict[str, Any],
    apply: Callable[[], None],
) -> Update:
    update = Update(type_, params, parameters.get("clientRequestToken", ""), fingerprint(parameters))
    cluster.updates[update.id] = update
    cluster.status = "UPDATING"

    def finish(rule: FaultRule | None) -> None:
        cluster.status = "ACTIVE"
        if rule is None:
            update.status = "Successful"
            apply()
        else:
            update.fail(rule)

    update.transition = cluster.transition = context.start("cluster_update", cluster.name, finish)
    return update


@operation("UpdateClusterVersion")
def update_cluster_version(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Upgrade by one minor version if no node group is older, or roll back by one if no node group is newer."""
    cluster = find_cluster(context, parameters["name"])
    repeated = same_request(cluster.updates, parameters)
    if repeated is not None:
        return {"update": repeated.describe()}
    cluster.require_active()
    version = parameters["version"]
    current, wanted = parse_version(cluster.version), parse_version(version)
    if version not in KUBERNETES_VERSIONS:
        raise eks_error("InvalidParameterException", f"unsupported Kubernetes version {version}")
    if wanted not in ((current[0], current[1] + 1), rollback_version(cluster.version)):
        raise eks_error(
            "InvalidParameterException",
            f"Unsupported Kubernetes minor version update from {cluster.version} to {version}",
            clusterName=cluster.name,
        )
    needed = min(wanted, current)
    others = [
        each.nodegroup_name
        for each in cluster.nodegroups.values()
        if each.version and (parse_version(each.version) < needed or parse_version(each.version) > wanted)
    ]
    if others:
        raise eks_error(
            "InvalidParameterException",
            f"Nodegroups {', '.join(sorted(others))} must be updated to match cluster version "
            f"{needed[0]}.{needed[1]} before updating cluster version",
            clusterName=cluster.name,
        )

    def apply() -> None:
        cluster.version, cluster.platformVersion = version, platform_version(version)

    params = [param("Version", version), param("PlatformVersion", platform_version(version))]
    type_ = "VersionUpdate" if wanted > current else "VersionRollback"
    return {"update": _begin(context, cluster, type_, params, parameters, apply).describe()}


@operation("UpdateClusterConfig")
def update_cluster_config(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Change endpoint access, logging, authentication mode, or one of the simple blocks."""
    cluster = find_cluster(context, parameters["name"])
    repeated = same_request(cluster.updates, parameters)
    if repeated is not None:
        return {"update": repeated.describe()}
    cluster.require_active()
    blocks = sorted(set(parameters) - {"name", "clientRequestToken"})
    if len(blocks) != 1:
        raise eks_error("InvalidParameterException", "Exactly one type of configuration can be updated at a time")
    block, wanted = blocks[0], parameters[blocks[0]]
    if block == "accessConfig":
        _check_mode(cluster, wanted.get("authenticationMode", ""))
    attributes = {
        "resourcesVpcConfig": ("resources_vpc_config", "EndpointAccessUpdate", "EndpointPublicAccess"),
        "logging": ("logging", "LoggingUpdate", "ClusterLogging"),
        "accessConfig": ("access_config", "AccessConfigUpdate", "AuthenticationMode"),
        "upgradePolicy": ("upgrade_policy", "UpgradePolicyUpdate", "UpgradePolicy"),
        "zonalShiftConfig": ("zonal_shift", "ZonalShiftConfigUpdate", "ZonalShiftConfig"),
        "computeConfig": ("compute_config", "AutoModeUpdate", "ComputeConfig"),
        "deletionProtection": ("deletion_protection", "DeletionProtectionUpdate", "DeletionProtection"),
    }
    if block not in attributes:
        raise eks_error("InvalidParameterException", f"The sandbox does not update {block}")
    attribute, type_, param_type = attributes[block]

    def apply() -> None:
        current = getattr(cluster, attribute)
        merged = {**current, **wanted} if isinstance(current, dict) and isinstance(wanted, dict) else wanted
        setattr(cluster, attribute, merged)
        if block == "accessConfig":
            enable_entries(context, cluster)

    return {"update": _begin(context, cluster, type_, [param(param_type, wanted)], parameters, apply).describe()}


def _check_mode(cluster: SandboxCluster, wanted: str) -> None:
    """The authentication mode changes in one direction only: CONFIG_MAP, API_AND_CONFIG_MAP, API."""
    current = cluster.access_config["authenticationMode"]
    if wanted not in _AUTHENTICATION_ORDER:
        raise eks_error("InvalidParameterException", "accessConfig must specify authenticationMode")
    if _AUTHENTICATION_ORDER.index(wanted) <= _AUTHENTICATION_ORDER.index(current):
        raise eks_error(
            "InvalidParameterException", f"Unsupported authentication mode update from {current} to {wanted}"
        )
