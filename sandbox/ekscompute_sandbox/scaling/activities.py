"""The scaling activities of a group, which outlive it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult
from moto.eks.models import eks_backends

from ..faults import FaultRule
from ..nodegroup import SandboxNodegroup
from ..world import Context
from .requests import page_of

DEFAULT_PAGE, MAX_PAGE = 50, 100


def install() -> None:
    """Replace the operation of moto."""
    AutoScalingResponse.describe_scaling_activities = _describe_scaling_activities  # type: ignore[method-assign]


def add_activity(context: Context, group_name: str, **members: Any) -> dict[str, Any]:
    """Add an activity before all others, and return it. Changes of it are visible in DescribeScalingActivities."""
    activity = {
        "ActivityId": str(uuid.uuid4()),
        "AutoScalingGroupName": group_name,
        "StartTime": datetime.now(UTC),
        "StatusCode": "Successful",
        "Progress": 100,
        "Details": "{}",
        **members,
    }
    context.eks.scaling_activities.setdefault(group_name, []).insert(0, activity)
    return activity


def record_activities(context: Context, nodegroup: SandboxNodegroup, rule: FaultRule) -> None:
    """Return the failed scaling activities of a fault rule, newest first, even after the group is deleted."""
    for group in nodegroup.resources.get("autoScalingGroups", []):
        for activity in rule.scaling_activities:
            add_activity(
                context,
                group["name"],
                Description=activity.get("description", "Launching a new EC2 instance"),
                Cause=activity.get("cause", "an instance was started in response to a difference in capacity"),
                EndTime=datetime.now(UTC),
                StatusCode=activity.get("status_code", "Failed"),
                StatusMessage=activity.get("status_message", ""),
            )


def _describe_scaling_activities(self: AutoScalingResponse) -> ActionResult:
    name = self._get_param("AutoScalingGroupName")
    known = eks_backends[self.current_account][self.region].scaling_activities  # type: ignore[attr-defined]
    exists = name in self.autoscaling_backend.autoscaling_groups
    if name and not exists and not (self._get_param("IncludeDeletedGroups") and name in known):
        return ActionResult({"Activities": []})
    activities = known.get(name, []) if name else [each for group in known.values() for each in group]
    page, token = page_of(self, activities, DEFAULT_PAGE, MAX_PAGE)
    return ActionResult({"Activities": page, "NextToken": token})
