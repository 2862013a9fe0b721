"""The end of a version update: the replacement of the nodes, and why it fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .clusters import find_cluster
from .faults import FaultRule
from .nodegroup import SandboxNodegroup
from .scaling.processes import blocking, health_issue
from .scaling_groups import NodegroupAutoScalingGroup, add_template_version, find_group
from .workloads.instances import NodeImage
from .workloads.replacement import suspended_failure
from .world import Context


def replace_nodes(
    context: Context,
    nodegroup: SandboxNodegroup,
    image: NodeImage,
    force: bool,
    end: Callable[[FaultRule | None], None],
) -> None:
    """Replace the nodes, then call `end` with the failure, if any. Without workloads, this is immediate."""
    group = find_group(context, nodegroup)
    if group is not None and blocking(group) and nodegroup.scaling_config["desiredSize"]:
        end(_failure(group, [suspended_failure(nodegroup, group).error]))
        return

    def done(errors: list[dict[str, Any]]) -> None:
        end(_failure(find_group(context, nodegroup), errors) if errors else None)

    workloads = context.world.kubernetes.workloads(find_cluster(context, nodegroup.cluster_name))
    if workloads is None or not workloads.replace_nodes(nodegroup, image, force, done):
        add_template_version(context, nodegroup, image.ami)
        end(None)


def _failure(group: NodegroupAutoScalingGroup | None, errors: list[dict[str, Any]]) -> FaultRule:
    """Return the failure. Suspended processes also affect the health of the node group until they are resumed."""
    if group is None or not blocking(group):
        return FaultRule("transition_fail", errors=errors)
    issues = [health_issue(group)]
    return FaultRule("transition_fail", errors=errors, health_issues=issues, status_after="DEGRADED")
