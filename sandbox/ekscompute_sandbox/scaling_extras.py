"""Auto Scaling operations for EKS groups that moto does not implement or implements differently from AWS."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError
from moto.autoscaling.models import AutoScalingBackend
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult
from moto.eks.models import eks_backends

from .faults import FaultRule
from .nodegroup import SandboxNodegroup
from .scaling_groups import NodegroupAutoScalingGroup, lose_group
from .world import Context

DEFAULT_PAGE, MAX_PAGE = 50, 100


def install() -> None:
    """Replace the operations of moto."""
    AutoScalingResponse.describe_tags = _describe_tags  # type: ignore[method-assign]
    AutoScalingResponse.describe_scaling_activities = _describe_scaling_activities  # type: ignore[method-assign]
    set_tags, remove_tags = AutoScalingBackend.create_or_update_tags, AutoScalingBackend.delete_tags
    delete_group = AutoScalingBackend.delete_auto_scaling_group

    def create_or_update_tags(self: AutoScalingBackend, tags: list[dict[str, str]]) -> None:
        _require_groups(self, tags)
        set_tags(self, tags)

    def delete_tags(self: AutoScalingBackend, tags: list[dict[str, str]]) -> None:
        _require_groups(self, tags)
        remove_tags(self, tags)

    def delete_auto_scaling_group(self: AutoScalingBackend, group_name: str) -> None:
        group = self.autoscaling_groups.get(group_name)
        if isinstance(group, NodegroupAutoScalingGroup):
            lose_group(group)
        else:
            delete_group(self, group_name)

    AutoScalingBackend.create_or_update_tags = create_or_update_tags  # type: ignore[method-assign]
    AutoScalingBackend.delete_tags = delete_tags  # type: ignore[method-assign]
    AutoScalingBackend.delete_auto_scaling_group = delete_auto_scaling_group  # type: ignore[method-assign]


def _require_groups(backend: AutoScalingBackend, tags: list[dict[str, str]]) -> None:
    for tag in tags:
        if tag.get("ResourceId") not in backend.autoscaling_groups:
            raise AutoscalingClientError("ValidationError", "AutoScalingGroup name not found - null")


def _page_size(response: AutoScalingResponse) -> int:
    size = response._get_int_param("MaxRecords", DEFAULT_PAGE)
    if not 1 <= size <= MAX_PAGE:
        raise AutoscalingClientError("ValidationError", f"The MaxRecords value {size} is not within 1 and {MAX_PAGE}")
    return size


def _describe_tags(self: AutoScalingResponse) -> ActionResult:
    """Page through the tags: AWS returns 50 at a time, moto returns all at once."""
    tags = _matching_tags(self.autoscaling_backend, self._get_param("Filters", []))
    size, token = _page_size(self), self._get_param("NextToken") or "0"
    if not token.isdigit():
        raise AutoscalingClientError("InvalidNextToken", "The token is not valid")
    end = int(token) + size
    return ActionResult({"Tags": tags[int(token) : end], "NextToken": str(end) if end < len(tags) else None})


def _matching_tags(backend: AutoScalingBackend, filters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = [set(each["Values"]) for each in filters if each["Name"] == "auto-scaling-group"]
    groups = backend.autoscaling_groups
    # Filter by name first: a scan of thousands of groups on each call would be quadratic.
    wanted = [groups[name] for name in sorted(set.intersection(*names)) if name in groups] if names else groups.values()
    tags = [tag for group in wanted for tag in group.tags]
    for each in filters:
        member = {"key": "Key", "value": "Value", "propagate-at-launch": "PropagateAtLaunch"}.get(each["Name"])
        if member is not None:
            values = {value.lower() for value in each["Values"]}
            tags = [tag for tag in tags if str(tag.get(member, False)).lower() in values]
    return tags


def record_activities(context: Context, nodegroup: SandboxNodegroup, rule: FaultRule) -> None:
    """Return the failed scaling activities of a fault rule, newest first, even after the group is deleted."""
    for group in nodegroup.resources.get("autoScalingGroups", []):
        kept = context.eks.scaling_activities.setdefault(group["name"], [])
        for activity in rule.scaling_activities:
            now = datetime.now(UTC)
            kept.insert(
                0,
                {
                    "ActivityId": str(uuid.uuid4()),
                    "AutoScalingGroupName": group["name"],
                    "Description": activity.get("description", "Launching a new EC2 instance"),
                    "Cause": activity.get("cause", "an instance was started in response to a difference in capacity"),
                    "StartTime": now,
                    "EndTime": now,
                    "StatusCode": activity.get("status_code", "Failed"),
                    "StatusMessage": activity.get("status_message", ""),
                    "Progress": 100,
                    "Details": "{}",
                },
            )


def _describe_scaling_activities(self: AutoScalingResponse) -> ActionResult:
    name, size = self._get_param("AutoScalingGroupName"), _page_size(self)
    known = eks_backends[self.current_account][self.region].scaling_activities  # type: ignore[attr-defined]
    exists = name in self.autoscaling_backend.autoscaling_groups
    if name and not exists and not (self._get_param("IncludeDeletedGroups") and name in known):
        return ActionResult({"Activities": []})
    activities = known.get(name, []) if name else [each for group in known.values() for each in group]
    return ActionResult({"Activities": activities[:size]})
