"""Changes of a node group or a Fargate profile by another process."""

from __future__ import annotations

from typing import Any

from .clusters import find_cluster
from .errors import ApiError
from .fargate import find_profile, forget_profile
from .nodegroup import SandboxNodegroup, find_nodegroup
from .nodegroup_create import forget_nodegroup
from .scaling import settings
from .scaling_groups import apply_scaling, find_group, lose_group
from .world import Context

ACTIONS = (
    "set_desired_size",
    "set_scaling",
    "set_labels",
    "set_taints",
    "set_tags",
    "set_release",
    "set_status",
    "delete",
    "delete_asg",
    "set_asg_tags",
    "remove_asg_tags",
    "set_asg_settings",
)


# Actions for a Fargate profile.
PROFILE_ACTIONS = ("set_tags", "set_status", "delete")


def drift(context: Context, description: dict[str, Any]) -> dict[str, Any]:
    """Apply one action to a node group or a Fargate profile immediately. Return it, or nothing after a delete."""
    if "fargate_profile" in description:
        return _drift_profile(context, description)
    action, value = description.get("action"), description.get("value")
    if action not in ACTIONS:
        raise ApiError("BadRequest", f"action must be one of {', '.join(ACTIONS)}")
    nodegroup = find_nodegroup(context, str(description.get("cluster")), str(description.get("nodegroup")))
    if action == "delete":
        forget_nodegroup(context, find_cluster(context, nodegroup.cluster_name), nodegroup)
        return {}
    if "_asg" in action:
        _drift_group(context, nodegroup, action, value)
    else:
        _drift_nodegroup(context, nodegroup, action, value, description)
    return nodegroup.describe()


def _drift_profile(context: Context, description: dict[str, Any]) -> dict[str, Any]:
    action, value = description.get("action"), description.get("value")
    if action not in PROFILE_ACTIONS:
        raise ApiError("BadRequest", f"action must be one of {', '.join(PROFILE_ACTIONS)}")
    profile = find_profile(context, str(description.get("cluster")), str(description["fargate_profile"]))
    if action == "delete":
        forget_profile(context, profile)
        return {}
    if action == "set_tags":
        profile.tags.clear()
        profile.tags.update(value)
    else:
        profile.status = str(value)
        profile.health_issues = list(description.get("health_issues", []))
    return profile.describe()


def _drift_nodegroup(
    context: Context, nodegroup: SandboxNodegroup, action: str, value: Any, description: dict[str, Any]
) -> None:
    if action == "set_desired_size":
        # An autoscaler sets the capacity of the Auto Scaling group, and EKS returns it as the desired size.
        nodegroup.scaling_config["desiredSize"] = int(value)
        apply_scaling(context, nodegroup)
    elif action == "set_scaling":
        nodegroup.scaling_config.update(value)
        apply_scaling(context, nodegroup)
    elif action == "set_labels":
        nodegroup.labels = dict(value)
    elif action == "set_taints":
        nodegroup.taints = list(value)
    elif action == "set_tags":
        nodegroup.tags.clear()
        nodegroup.tags.update(value)
    elif action == "set_release":
        nodegroup.release_version = str(value)
    elif action == "set_status":
        nodegroup.status = str(value)
        nodegroup.health_issues = list(description.get("health_issues", []))
    nodegroup.touch()


def _drift_group(context: Context, nodegroup: SandboxNodegroup, action: str, value: Any) -> None:
    group = find_group(context, nodegroup)
    if group is None:
        raise ApiError("BadRequest", "the node group has no Auto Scaling group")
    if action == "delete_asg":
        lose_group(group)
    elif action == "set_asg_settings":
        settings.change(group, value)
    elif action == "set_asg_tags":
        kept = [tag for tag in group.tags if tag["Key"] not in value]
        added: list[dict[str, Any]] = [{"Key": key, "Value": text} for key, text in value.items()]
        group.tags = kept + added
    else:
        group.tags = [tag for tag in group.tags if tag["Key"] not in value]
