"""TerminateInstanceInAutoScalingGroup, and the other operations on the instances of a group."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.autoscaling.exceptions import AutoscalingClientError
from moto.autoscaling.models import FakeAutoScalingGroup, InstanceState
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from ..scaling_groups import NodegroupAutoScalingGroup
from ..workloads.instances import TERMINATING, NodeInstance, instances_of, terminate
from .activities import add_activity
from .requests import group_of, invalid, page_of

if TYPE_CHECKING:
    from ..world import Context, World

MAX_PAGE = 50
MOST_PROTECTED = 50


def install(world: World) -> None:
    """Replace the operations of moto."""

    def terminate_instance(self: AutoScalingResponse) -> ActionResult:
        return _terminate(self, world)

    AutoScalingResponse.terminate_instance_in_auto_scaling_group = terminate_instance  # type: ignore[method-assign]
    AutoScalingResponse.set_instance_protection = _set_protection  # type: ignore[method-assign]
    AutoScalingResponse.describe_auto_scaling_instances = _describe_instances  # type: ignore[method-assign]


def _terminate(self: AutoScalingResponse, world: World) -> ActionResult:
    """Start to terminate one instance, or up to 100 instances of a named group."""
    many, one = self._get_param("InstanceIds", []), self._get_param("InstanceId")
    if bool(many) == bool(one) or (many and not self._get_param("AutoScalingGroupName")):
        raise invalid("Either InstanceId, or InstanceIds and AutoScalingGroupName must be specified")
    backend = self.autoscaling_backend
    groups = [group_of(self)] if many else list(backend.autoscaling_groups.values())
    group, found = _members(groups, many or [one])
    context = world.context(backend.account_id, backend.region_name)
    if self._get_bool_param("ShouldDecrementDesiredCapacity"):
        _decrement(group, len(found))
    activities = [_end(context, group, each) for each in found]
    return ActionResult({"Activities": activities} if many else {"Activity": activities[0]})


def _members(groups: list[FakeAutoScalingGroup], ids: list[str]) -> tuple[FakeAutoScalingGroup, list[InstanceState]]:
    """Return the instances and their group. Raises the error of the first ID that cannot be terminated."""
    known = {}
    for group in groups:
        # Without instances that were terminated by EC2.
        states = instances_of(group) if isinstance(group, NodegroupAutoScalingGroup) else group.instance_states
        known.update({each.instance_id: (group, each) for each in states})
    for each in ids:
        if each not in known:
            raise invalid(f"Instance Id not found - No managed instance found for instance ID: {each}")
        if known[each][1].lifecycle_state.startswith("Terminating"):
            # AWS does not document the response to a repeated call.
            raise AutoscalingClientError(
                "ScalingActivityInProgress", f"Activity to terminate instance {each} is already in progress"
            )
    return known[ids[0]][0], [known[each][1] for each in dict.fromkeys(ids)]


def _decrement(group: FakeAutoScalingGroup, count: int) -> None:
    if group.desired_capacity - count < group.min_size:
        raise invalid(
            f"Currently, desiredSize equals minSize ({group.min_size}). Terminating instance without replacement will "
            "violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower "
            "group's min size."
        )
    group.desired_capacity -= count
    if isinstance(group, NodegroupAutoScalingGroup) and group.nodegroup is not None:
        # During an update, the group is larger than the desired size that EKS returns.
        scaling = group.nodegroup.scaling_config
        scaling["desiredSize"] = max(scaling["desiredSize"] - count, 0)


def _end(context: Context, group: FakeAutoScalingGroup, instance: InstanceState) -> dict[str, Any]:
    """Terminate an instance. A lifecycle hook of EKS drains its node first, regardless of budgets at the limit."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    activity = add_activity(
        context,
        group.name,
        Description=f"Terminating EC2 instance: {instance.instance_id}",
        Cause=f"At {now} instance {instance.instance_id} was taken out of service in response to a user request.",
        StatusCode="InProgress",
        Progress=0,
    )

    def done() -> None:
        activity.update(StatusCode="Successful", Progress=100, EndTime=datetime.now(UTC))

    described = dict(activity)
    if not isinstance(group, NodegroupAutoScalingGroup) or not isinstance(instance, NodeInstance):
        group.instance_states = [each for each in group.instance_states if each is not instance]
        group.autoscaling_backend.ec2_backend.terminate_instances([instance.instance_id])
        group.set_desired_capacity(group.desired_capacity)
        done()
        return described
    instance.lifecycle_state = TERMINATING
    nodegroup = group.nodegroup
    cluster = context.eks.clusters.get(nodegroup.cluster_name) if nodegroup is not None else None
    workloads = context.world.kubernetes.workloads(cluster) if cluster is not None else None
    if workloads is None or nodegroup is None:
        terminate(group, [instance])
        done()
    else:
        workloads.retire(nodegroup, [instance], done)
    return described


def _set_protection(self: AutoScalingResponse) -> ActionResult:
    group, ids = group_of(self), self._get_param("InstanceIds", [])
    if len(ids) > MOST_PROTECTED:
        raise invalid(f"You can specify at most {MOST_PROTECTED} instances in a call, not {len(ids)}")
    known = {each.instance_id: each for each in group.instance_states if each.instance.state == "running"}
    for each in ids:
        if each not in known:
            raise invalid(f"The instance {each} is not part of Auto Scaling group {group.name}.")
    for each in ids:
        known[each].protected_from_scale_in = self._get_bool_param("ProtectedFromScaleIn")
    return EmptyResult()


def _describe_instances(self: AutoScalingResponse) -> ActionResult:
    """Return the instances of all groups, or the given ones. Unknown IDs are ignored."""
    wanted = set(self._get_param("InstanceIds", []))
    if len(wanted) > MAX_PAGE:
        raise invalid(f"The number of instance ids that may be passed in is limited to {MAX_PAGE}")
    found = [
        each
        for group in self.autoscaling_backend.autoscaling_groups.values()
        for each in group.instance_states
        if each.instance.state == "running" and (not wanted or each.instance_id in wanted)
    ]
    page, token = page_of(self, found, MAX_PAGE, MAX_PAGE)
    return ActionResult({"AutoScalingInstances": page, "NextToken": token})
