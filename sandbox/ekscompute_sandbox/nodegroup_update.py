"""UpdateNodegroupConfig and UpdateNodegroupVersion: one at a time per node group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import nodegroup_rules as rules
from .clusters import SandboxCluster, find_cluster
from .errors import eks_error
from .faults import FaultRule
from .launch_templates import ResolvedTemplate, resolve
from .nodegroup import SandboxNodegroup, find_nodegroup
from .nodegroup_create import issues
from .nodegroup_replacement import replace_nodes
from .operations import operation
from .releases import parse_version, rollback_version
from .scaling.activities import record_activities
from .scaling.processes import suspended
from .scaling_groups import apply_scaling, find_group
from .updates import Update, fingerprint, param, same_request
from .workloads.instances import NodeImage
from .world import Context

UPDATABLE = ("ACTIVE", "DEGRADED")


@operation("UpdateNodegroupConfig")
def update_nodegroup_config(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Start a ConfigUpdate of any subset of scaling, labels, taints, update, repair, and warm pool."""
    nodegroup, repeated = _admit(context, parameters)
    if repeated is not None:
        return {"update": repeated.describe()}
    blocks = ("labels", "taints", "scalingConfig", "updateConfig", "nodeRepairConfig", "warmPoolConfig")
    if not any(block in parameters for block in blocks):
        raise rules.invalid("At least one configuration to update must be specified", nodegroup.cluster_name)
    state, params = _planned(context, nodegroup, parameters)

    def apply() -> None:
        for name, value in state.items():
            setattr(nodegroup, name, value)
        apply_scaling(context, nodegroup)

    update = _begin(context, nodegroup, "ConfigUpdate", "nodegroup_config_update", params, parameters, apply)
    return {"update": update.describe()}


def _admit(context: Context, parameters: dict[str, Any]) -> tuple[SandboxNodegroup, Update | None]:
    """Return the node group, and the existing update if the request is a repetition."""
    cluster = find_cluster(context, parameters["clusterName"])
    nodegroup = find_nodegroup(context, cluster.name, parameters["nodegroupName"])
    repeated = same_request(nodegroup.updates, parameters)
    if repeated is not None:
        return nodegroup, repeated
    cluster.require_active()
    names = {"clusterName": cluster.name, "nodegroupName": nodegroup.nodegroup_name}
    running = nodegroup.running_update()
    if running is not None:
        raise eks_error(
            "ResourceInUseException",
            f"Nodegroup {nodegroup.nodegroup_name} currently has update {running.id} in progress",
            **names,
        )
    if nodegroup.status not in UPDATABLE:
        raise eks_error(
            "ResourceInUseException",
            "Nodegroup cannot be updated as it is currently not in Active State",
            **names,
        )
    return nodegroup, None


def _begin(
    context: Context,
    nodegroup: SandboxNodegroup,
    type_: str,
    kind: str,
    params: list[dict[str, str]],
    parameters: dict[str, Any],
    apply: Callable[[], None],
    work: Callable[[Callable[[FaultRule | None], None]], None] | None = None,
) -> Update:
    """Start an update. `work` follows the transition, and calls its argument when the update ends."""
    update = Update(type_, params, parameters.get("clientRequestToken", ""), fingerprint(parameters))
    update.suspended_at_start = suspended(find_group(context, nodegroup))
    nodegroup.updates[update.id] = update
    status_before = nodegroup.status
    nodegroup.status = "UPDATING"

    def finish(rule: FaultRule | None) -> None:
        if rule is None and work is not None:
            work(end)
        else:
            end(rule)

    def end(rule: FaultRule | None) -> None:
        nodegroup.status = status_before
        nodegroup.touch()
        update.suspended_at_end = suspended(find_group(context, nodegroup))
        if rule is None:
            update.status = "Successful"
            apply()
            return
        # The group is ACTIVE again with its previous values. Only the update shows the failure.
        update.fail(rule)
        record_activities(context, nodegroup, rule)
        if rule.status_after:
            nodegroup.status = rule.status_after
        if rule.health_issues:
            nodegroup.health_issues = issues(rule)

    update.transition = nodegroup.transition = context.start(kind, nodegroup.target, finish)
    return update


def _planned(
    context: Context, nodegroup: SandboxNodegroup, parameters: dict[str, Any]
) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Return the new attributes and the params of the update. Everything is validated first."""
    state: dict[str, Any] = {}
    params: list[dict[str, str]] = []
    scaling = {**nodegroup.scaling_config, **parameters.get("scalingConfig", {})}
    if "scalingConfig" in parameters:
        rules.check_scaling(scaling)
        state["scaling_config"] = scaling
        params += [
            param(type_, scaling[name])
            for name, type_ in (("minSize", "MinSize"), ("maxSize", "MaxSize"), ("desiredSize", "DesiredSize"))
            if name in parameters["scalingConfig"]
        ]
    if "labels" in parameters:
        state["labels"] = _labels(context, nodegroup, parameters["labels"], params)
    if "taints" in parameters:
        state["taints"] = _taints(context, nodegroup, parameters["taints"], params)
    if "updateConfig" in parameters or "scalingConfig" in parameters:
        wanted = parameters.get("updateConfig", {})
        state["update_config"] = rules.merge_update_config(nodegroup.update_config, wanted, scaling["maxSize"])
        params += [param(name[0].upper() + name[1:], value) for name, value in wanted.items()]
    if "nodeRepairConfig" in parameters:
        state["node_repair_config"] = _repair(nodegroup, parameters["nodeRepairConfig"], params)
    if "warmPoolConfig" in parameters:
        wanted = parameters["warmPoolConfig"]
        state["warm_pool_config"] = rules.merge_warm_pool(nodegroup.warm_pool_config, wanted, nodegroup.ami_type)
        names = {
            "enabled": "WarmPoolEnabled",
            "minSize": "WarmPoolMinSize",
            "maxGroupPreparedCapacity": "WarmPoolMaxGroupPreparedCapacity",
            "poolState": "WarmPoolState",
            "reuseOnScaleIn": "WarmPoolReuseOnScaleIn",
        }
        params += [param(names[name], value) for name, value in wanted.items()]
    return state, params


def _labels(
    context: Context, nodegroup: SandboxNodegroup, patch: dict[str, Any], params: list[dict[str, str]]
) -> dict[str, str]:
    added, removed = patch.get("addOrUpdateLabels", {}), patch.get("removeLabels", [])
    both = sorted(set(added) & set(removed))
    if both:
        raise rules.invalid(f"Label {both[0]} cannot be both added and removed")
    rules.check_labels(added)
    labels = {**nodegroup.labels, **added}
    for key in removed:
        if labels.pop(key, None) is None and context.world.settings.strict_patches:
            raise rules.invalid(f"Label {key} cannot be removed: the node group does not have it")
    if added:
        params.append(param("LabelsToAdd", added))
    if removed:
        params.append(param("LabelsToRemove", removed))
    return labels


def _taints(
    context: Context, nodegroup: SandboxNodegroup, patch: dict[str, Any], params: list[dict[str, str]]
) -> list[dict[str, str]]:
    def identity(taint: dict[str, str]) -> tuple[str, str]:
        return taint.get("key", ""), taint.get("effect", "")

    added, removed = patch.get("addOrUpdateTaints", []), patch.get("removeTaints", [])
    if {identity(taint) for taint in added} & {identity(taint) for taint in removed}:
        raise rules.invalid("The same taint cannot be both added or updated and removed")
    taints = {identity(taint): taint for taint in nodegroup.taints}
    for taint in removed:
        if taints.pop(identity(taint), None) is None and context.world.settings.strict_patches:
            raise rules.invalid(f"Taint {taint.get('key')} cannot be removed: the node group does not have it")
    taints.update({identity(taint): dict(taint) for taint in added})
    rules.check_taints(added)
    rules.check_taints(list(taints.values()))
    if added:
        params.append(param("TaintsToAdd", added))
    if removed:
        params.append(param("TaintsToRemove", removed))
    # The order of taints in a response has no meaning. It is reversed, so that callers cannot rely on it.
    return list(taints.values())[::-1]


def _repair(nodegroup: SandboxNodegroup, wanted: dict[str, Any], params: list[dict[str, str]]) -> dict[str, Any]:
    rules.check_repair(wanted)
    # AWS does not document whether omitted thresholds are kept. They are removed: otherwise, none could be removed.
    enabled = (nodegroup.node_repair_config or {}).get("enabled", False)
    if "enabled" in wanted:
        params.append(param("NodeRepairEnabled", wanted["enabled"]))
    if set(wanted) - {"enabled"}:
        params.append(param("NodeRepairConfig", wanted))
    return {"enabled": enabled, **wanted}


@operation("UpdateNodegroupVersion")
def update_nodegroup_version(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Start a VersionUpdate to a Kubernetes version, a release, or a launch template version."""
    nodegroup, repeated = _admit(context, parameters)
    if repeated is not None:
        return {"update": repeated.describe()}
    cluster = find_cluster(context, nodegroup.cluster_name)
    template = _next_template(context, nodegroup, parameters)
    state: dict[str, Any] = {}
    params: list[dict[str, str]] = []
    if template is not None:
        state["launch_template"] = template.as_specification()
        params += [param("LaunchTemplateName", template.name), param("LaunchTemplateVersion", template.version)]
    if nodegroup.ami_type == "CUSTOM":
        _refuse_versions_of_custom(parameters)
        if template is not None:
            state["release_version"] = template.image_id
    elif template is None or {"version", "releaseVersion"} & set(parameters):
        state["version"], state["release_version"] = _next_release(context, cluster, nodegroup, parameters)
        params[:0] = [param("Version", state["version"]), param("ReleaseVersion", state["release_version"])]

    image = NodeImage.of(nodegroup, state)

    def apply() -> None:
        for name, value in state.items():
            setattr(nodegroup, name, value)

    def work(end: Callable[[FaultRule | None], None]) -> None:
        replace_nodes(context, nodegroup, image, parameters.get("force", False), end)

    update = _begin(context, nodegroup, "VersionUpdate", "nodegroup_version_update", params, parameters, apply, work)
    return {"update": update.describe()}


def _next_template(
    context: Context, nodegroup: SandboxNodegroup, parameters: dict[str, Any]
) -> ResolvedTemplate | None:
    if "launchTemplate" not in parameters:
        return None
    template = resolve(context, parameters["launchTemplate"])
    if nodegroup.launch_template is None:
        raise rules.invalid(
            "You cannot specify a launch template for a node group that was created without a launch template"
        )
    if template.id != nodegroup.launch_template["id"]:
        raise rules.invalid(
            f"Launch template {template.id} differs from the node group's {nodegroup.launch_template['id']}: only "
            "its version can be changed"
        )
    if bool(template.image_id) != (nodegroup.ami_type == "CUSTOM"):
        raise rules.invalid("You cannot change between launch template versions with and without an image id")
    if template.instance_type and nodegroup.instance_types:
        raise rules.invalid("Instance types cannot be specified both in the launch template and in the node group")
    return template


def _refuse_versions_of_custom(parameters: dict[str, Any]) -> None:
    for member, words in (("version", "kubernetesVersion"), ("releaseVersion", "releaseVersion")):
        if member in parameters:
            raise rules.invalid(f"You cannot specify the field {words} when using custom AMIs.")


def _next_release(
    context: Context, cluster: SandboxCluster, nodegroup: SandboxNodegroup, parameters: dict[str, Any]
) -> tuple[str, str]:
    current, releases = str(nodegroup.version), context.world.releases
    version = parameters.get("version", current)
    if parse_version(version) > parse_version(cluster.version):
        raise rules.invalid(
            "Nodegroup Kubernetes version should be equal to Cluster kubernetes version or earlier: "
            f"cluster {cluster.version}, nodegroup {current}, requested {version}"
        )
    if parse_version(version) < rollback_version(current):
        raise rules.invalid(
            f"Nodegroup Kubernetes version cannot be rolled back from {current} to {version}: only one minor version "
            "is supported"
        )
    latest = releases.latest(version, nodegroup.ami_type)
    release = parameters.get("releaseVersion", latest)
    # Any published release is accepted, including releases that are older than the current one.
    releases.check(version, nodegroup.ami_type, release)
    return version, release
