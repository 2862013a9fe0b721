"""SuspendProcesses and ResumeProcesses, and what a suspended process prevents in EKS."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from .requests import check_names, group_of, names_in

PROCESSES = (
    "Launch",
    "Terminate",
    "AddToLoadBalancer",
    "AlarmNotification",
    "AZRebalance",
    "HealthCheck",
    "InstanceRefresh",
    "ReplaceUnhealthy",
    "ScheduledActions",
)
# Without these processes, EKS cannot replace nodes.
REQUIRED = ("Launch", "Terminate")
ISSUE_CODE = "AutoScalingGroupInvalidConfiguration"


def install() -> None:
    """Replace the operations of moto."""
    FakeAutoScalingGroup.suspended_processes = property(_described, _replace)  # type: ignore[assignment]
    AutoScalingResponse.suspend_processes = _suspend_processes  # type: ignore[method-assign]
    AutoScalingResponse.resume_processes = _resume_processes  # type: ignore[method-assign]
    AutoScalingResponse.describe_scaling_process_types = _describe_process_types  # type: ignore[attr-defined]


def suspended(group: FakeAutoScalingGroup | None) -> list[str]:
    """Return the names of the suspended processes, sorted."""
    return [] if group is None else sorted(_reasons(group))


def suspend(group: FakeAutoScalingGroup, names: list[str]) -> None:
    """Suspend processes. The reason of a process that is already suspended remains."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for name in names:
        _reasons(group).setdefault(name, f"User suspended at {now}")


def replace(group: FakeAutoScalingGroup, wanted: list[str] | dict[str, str]) -> None:
    """Suspend these processes only. A map contains the reason of each process, such as the one of AWS itself."""
    check_names("ScalingProcesses", list(wanted), PROCESSES)
    group.suspended_processes = wanted if isinstance(wanted, dict) else {}
    if not isinstance(wanted, dict):
        suspend(group, wanted)
    recover(group)


def blocking(group: FakeAutoScalingGroup | None) -> list[str]:
    """Return the suspended processes without which a version update fails.

    This is a simplification: AWS does not document what EKS does. An update is likely to wait for new nodes or for
    terminations, and to fail after a time. Here, it fails immediately.
    """
    return [name for name in suspended(group) if name in REQUIRED]


def health_issue(group: FakeAutoScalingGroup) -> dict[str, Any]:
    """Return the health issue of a node group whose group does not launch or terminate instances."""
    names = ", ".join(blocking(group))
    message = f"The Auto Scaling group {group.name} has suspended processes that Amazon EKS requires: {names}."
    return {"code": ISSUE_CODE, "message": message, "resourceIds": [group.name]}


def recover(group: FakeAutoScalingGroup) -> None:
    """Remove the health issue when the processes run again."""
    nodegroup = getattr(group, "nodegroup", None)
    if nodegroup is None or blocking(group):
        return
    issues = [each for each in nodegroup.health_issues if each["code"] != ISSUE_CODE]
    if len(issues) < len(nodegroup.health_issues) and not issues and nodegroup.status == "DEGRADED":
        nodegroup.status = "ACTIVE"
    nodegroup.health_issues = issues


def _reasons(group: FakeAutoScalingGroup) -> dict[str, str]:
    reasons: dict[str, str] = group.__dict__.setdefault("sandbox_suspended", {})
    return reasons


def _described(group: FakeAutoScalingGroup) -> list[dict[str, str]]:
    return [{"ProcessName": name, "SuspensionReason": reason} for name, reason in sorted(_reasons(group).items())]


def _replace(group: FakeAutoScalingGroup, reasons: dict[str, str]) -> None:
    # moto sets an empty list when it creates a group.
    group.__dict__["sandbox_suspended"] = dict(reasons)


def _suspend_processes(self: AutoScalingResponse) -> ActionResult:
    suspend(group_of(self), names_in(self, "ScalingProcesses", PROCESSES))
    return EmptyResult()


def _resume_processes(self: AutoScalingResponse) -> ActionResult:
    group = group_of(self)
    for name in names_in(self, "ScalingProcesses", PROCESSES):
        _reasons(group).pop(name, None)
    recover(group)
    return EmptyResult()


def _describe_process_types(self: AutoScalingResponse) -> ActionResult:
    return ActionResult({"Processes": [{"ProcessName": name} for name in PROCESSES]})
