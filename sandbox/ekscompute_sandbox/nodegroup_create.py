"""CreateNodegroup and DeleteNodegroup."""

from __future__ import annotations

from functools import partial
from typing import Any

from moto.eks.models import NODEGROUP_EXISTS_MSG

from . import nodegroup_rules as rules
from .access_entries import forget_node_role, register_node_role
from .clusters import SandboxCluster, find_cluster
from .errors import eks_error
from .faults import FaultRule
from .joining import join_issues
from .launch_templates import ResolvedTemplate, refuse_conflicts, resolve
from .nodegroup import SandboxNodegroup, find_nodegroup
from .operations import operation
from .releases import is_windows
from .roles import find_role
from .scaling.activities import record_activities
from .scaling_groups import make_resources, name_failed_instances, remove_resources
from .tags import check_tags
from .updates import fingerprint
from .world import Context

DEFAULT_SCALING = {"minSize": 1, "maxSize": 2, "desiredSize": 2}
DEFAULT_INSTANCE_TYPE = "t3.medium"


@operation("CreateNodegroup")
def create_nodegroup(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Start to create a node group. A repeated request with the same token returns the existing one."""
    cluster = find_cluster(context, parameters["clusterName"])
    repeated = _repeated(cluster, parameters)
    if repeated is not None:
        return {"nodegroup": repeated.describe()}
    cluster.require_active()
    nodegroup = build(context, cluster, parameters)
    nodegroup.transition = context.start(
        "nodegroup_create", nodegroup.target, lambda rule: finish_create(context, nodegroup, rule)
    )
    failure = nodegroup.transition.failure
    if failure is not None and failure.early_issues:
        # At AWS, health issues can appear minutes before the status changes to CREATE_FAILED.
        nodegroup.health_issues = issues(failure)
        name_failed_instances(context, nodegroup, nodegroup.health_issues)
    return {"nodegroup": nodegroup.describe()}


def _repeated(cluster: SandboxCluster, parameters: dict[str, Any]) -> SandboxNodegroup | None:
    name, token = parameters["nodegroupName"], parameters.get("clientRequestToken")
    existing = cluster.nodegroups.get(name)
    if existing is None:
        return None
    assert isinstance(existing, SandboxNodegroup)
    if token and existing.client_request_token == token:
        if fingerprint(existing.request) != fingerprint(parameters):
            raise eks_error(
                "InvalidParameterException",
                "The clientRequestToken was already used with different parameters",
                clusterName=cluster.name,
                nodegroupName=name,
            )
        return existing
    raise eks_error(
        "ResourceInUseException",
        NODEGROUP_EXISTS_MSG.format(nodegroupName=name, clusterName=cluster.name),
        clusterName=cluster.name,
        nodegroupName=name,
    )


def build(context: Context, cluster: SandboxCluster, parameters: dict[str, Any]) -> SandboxNodegroup:
    """Validate the request, set the current defaults, and register the node group as CREATING."""
    rules.check_name(parameters["nodegroupName"])
    if len(cluster.nodegroups) >= context.world.settings.max_nodegroups:
        raise eks_error(
            "ResourceLimitExceededException",
            f"Cannot create more than {context.world.settings.max_nodegroups} node groups in cluster {cluster.name}",
            clusterName=cluster.name,
        )
    if parameters["nodeRole"] == cluster.role_arn:
        raise rules.invalid("The node role cannot be the same as the cluster role", cluster.name)
    find_role(context, parameters["nodeRole"], "ec2.amazonaws.com", "nodeRole")
    rules.check_subnets(context, cluster, parameters["subnets"])
    filled = _fill(context, cluster, parameters)
    nodegroup = SandboxNodegroup(context, cluster.name, filled)
    nodegroup.request = parameters
    make_resources(context, nodegroup)
    cluster.nodegroups[nodegroup.nodegroup_name] = nodegroup
    cluster.nodegroup_count += 1
    context.eks.by_arn[nodegroup.arn] = nodegroup
    register_node_role(context, cluster, nodegroup)
    return nodegroup


def _fill(context: Context, cluster: SandboxCluster, parameters: dict[str, Any]) -> dict[str, Any]:
    filled = dict(parameters)
    filled["capacityType"] = parameters.get("capacityType", "ON_DEMAND")
    filled["scalingConfig"] = _scaling(parameters.get("scalingConfig"))
    filled["updateConfig"] = rules.merge_update_config(
        {"maxUnavailable": 1, "updateStrategy": "DEFAULT"},
        parameters.get("updateConfig", {}),
        filled["scalingConfig"]["maxSize"],
    )
    check_tags(parameters.get("tags", {}), "InvalidParameterException")
    rules.check_labels(parameters.get("labels", {}))
    rules.check_taints(parameters.get("taints", []))
    rules.check_repair(parameters.get("nodeRepairConfig", {}))
    template = None
    if "launchTemplate" in parameters:
        template = resolve(context, parameters["launchTemplate"])
        refuse_conflicts(parameters, template)
        filled["launchTemplate"] = template.as_specification()
    elif parameters.get("amiType") == "CUSTOM":
        raise rules.invalid("Launch template details can't be null for Custom ami type node group", cluster.name)
    _check_capacity_block(filled, template)
    if "remoteAccess" in parameters:
        rules.check_remote_access(context, parameters["remoteAccess"])
    _fill_image(context, cluster, filled, template)
    filled["warmPoolConfig"] = rules.merge_warm_pool(None, parameters.get("warmPoolConfig", {}), filled["amiType"])
    return filled


def _scaling(wanted: dict[str, int] | None) -> dict[str, int]:
    if wanted is None:
        return dict(DEFAULT_SCALING)
    missing = [name for name in DEFAULT_SCALING if name not in wanted]
    if missing:
        raise rules.invalid(f"scalingConfig must specify minSize, maxSize and desiredSize: {missing[0]} is missing")
    rules.check_scaling(wanted)
    return {name: wanted[name] for name in DEFAULT_SCALING}


def _check_capacity_block(filled: dict[str, Any], template: ResolvedTemplate | None) -> None:
    if filled["capacityType"] != "CAPACITY_BLOCK":
        return
    if template is None:
        raise rules.invalid("Launch template is required for node groups with capacity type CAPACITY_BLOCK")
    market = (template.data.get("InstanceMarketOptions") or {}).get("MarketType")
    target = (template.data.get("CapacityReservationSpecification") or {}).get("CapacityReservationTarget") or {}
    if market != "capacity-block" or not target.get("CapacityReservationId") or not template.instance_type:
        raise rules.invalid(
            "Launch template of a CAPACITY_BLOCK node group must specify InstanceType, market type capacity-block "
            "and a capacity reservation id"
        )


def _fill_image(
    context: Context, cluster: SandboxCluster, filled: dict[str, Any], template: ResolvedTemplate | None
) -> None:
    """Determine instance types, AMI type, version, release, and disk size."""
    if template is not None and template.instance_type:
        types = [template.instance_type]
        filled.pop("instanceTypes", None)
    else:
        types = filled.get("instanceTypes") or [DEFAULT_INSTANCE_TYPE]
        filled["instanceTypes"] = types
    if template is not None and template.image_id:
        rules.check_instance_types(types, "CUSTOM")
        filled.update(amiType="CUSTOM", releaseVersion=template.image_id)
        filled.pop("version", None)
        return
    filled["amiType"] = rules.check_instance_types(types, filled.get("amiType"))
    version = filled.setdefault("version", cluster.version)
    rules.check_create_version(cluster, version)
    releases = context.world.releases
    latest = releases.latest(version, filled["amiType"])
    if "releaseVersion" in filled:
        releases.check(version, filled["amiType"], filled["releaseVersion"])
    else:
        filled["releaseVersion"] = latest
    if template is None:
        filled.setdefault("diskSize", 50 if is_windows(filled["amiType"]) else 20)


def issues(rule: FaultRule) -> list[dict[str, Any]]:
    """Return the health issues of a fault rule in the shape of the API."""
    return [
        {
            "code": issue.get("code", "InternalFailure"),
            "message": issue.get("message", "A fault rule of the sandbox failed the operation"),
            "resourceIds": issue.get("resourceIds", []),
        }
        for issue in rule.health_issues or [{}]
    ]


def finish_create(context: Context, nodegroup: SandboxNodegroup, rule: FaultRule | None) -> None:
    """End a creation: ACTIVE, or CREATE_FAILED with its health issues."""
    nodegroup.touch()
    if rule is not None:
        nodegroup.status, nodegroup.health_issues = rule.status_after or "CREATE_FAILED", issues(rule)
        name_failed_instances(context, nodegroup, nodegroup.health_issues)
        record_activities(context, nodegroup, rule)
        return
    nodegroup.health_issues = join_issues(context, nodegroup) if context.world.settings.nodes_must_join else []
    name_failed_instances(context, nodegroup, nodegroup.health_issues)
    nodegroup.status = "CREATE_FAILED" if nodegroup.health_issues else "ACTIVE"


@operation("DeleteNodegroup")
def delete_nodegroup(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Start to delete the node group. Fails while another operation is in progress."""
    cluster = find_cluster(context, parameters["clusterName"])
    nodegroup = find_nodegroup(context, cluster.name, parameters["nodegroupName"])
    if cluster.status == "UPDATING":
        cluster.require_active()
    _refuse_busy(context, nodegroup)
    nodegroup.status = "DELETING"
    nodegroup.touch()

    def finish(rule: FaultRule | None) -> None:
        if rule is not None:
            nodegroup.status, nodegroup.health_issues = "DELETE_FAILED", issues(rule)
            return
        workloads = context.world.kubernetes.workloads(cluster)
        end = partial(forget_nodegroup, context, cluster, nodegroup)
        if workloads is None or not workloads.drain_group(nodegroup, end):
            end()

    nodegroup.transition = context.start("nodegroup_delete", nodegroup.target, finish)
    return {"nodegroup": nodegroup.describe()}


def _refuse_busy(context: Context, nodegroup: SandboxNodegroup) -> None:
    names = {"clusterName": nodegroup.cluster_name, "nodegroupName": nodegroup.nodegroup_name}
    running = nodegroup.running_update()
    if running is not None:
        raise eks_error(
            "ResourceInUseException",
            f"Nodegroup {nodegroup.nodegroup_name} currently has update {running.id} in progress",
            **names,
        )
    creating = nodegroup.status == "CREATING" and not context.world.settings.delete_while_creating
    if creating or nodegroup.status == "DELETING":
        raise eks_error(
            "ResourceInUseException",
            f"Nodegroup {nodegroup.nodegroup_name} cannot be deleted while it is in status {nodegroup.status}",
            **names,
        )
    if nodegroup.transition is not None:
        nodegroup.transition.abandon()


def forget_nodegroup(context: Context, cluster: SandboxCluster, nodegroup: SandboxNodegroup) -> None:
    """Delete the node group and all resources that EKS created for it."""
    if cluster.nodegroups.get(nodegroup.nodegroup_name) is not nodegroup:
        return
    if nodegroup.transition is not None:
        nodegroup.transition.abandon()
    del cluster.nodegroups[nodegroup.nodegroup_name]
    cluster.nodegroup_count -= 1
    context.eks.by_arn.pop(nodegroup.arn, None)
    remove_resources(context, nodegroup)
    forget_node_role(context, cluster, nodegroup.node_role)
