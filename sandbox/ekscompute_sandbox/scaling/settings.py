"""UpdateAutoScalingGroup, and the metrics of a group."""

from __future__ import annotations

import re
from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from ..errors import ApiError
from . import processes, traffic
from .requests import check_names, group_of, invalid, names_in

TERMINATION_POLICIES = (
    "Default",
    "AllocationStrategy",
    "ClosestToNextInstanceHour",
    "NewestInstance",
    "OldestInstance",
    "OldestLaunchConfiguration",
    "OldestLaunchTemplate",
)
_LAMBDA = re.compile(r"arn:[^:]+:lambda:[^:]+:\d{12}:function:.+")
GRANULARITY = "1Minute"
_CAPACITIES = ("InService", "Pending", "Standby", "Terminating", "Total")
METRICS = (
    *("GroupMinSize", "GroupMaxSize", "GroupDesiredCapacity"),
    *(f"Group{each}{unit}" for unit in ("Instances", "Capacity") for each in _CAPACITIES),
    *(f"WarmPool{each}Capacity" for each in ("Desired", "Warmed", "Pending", "Terminating", "Total")),
    *("GroupAndWarmPoolDesiredCapacity", "GroupAndWarmPoolTotalCapacity"),
)
LEAST_LIFETIME, MOST_LIFETIME = 86_400, 31_536_000


def install() -> None:
    """Replace the operations of moto."""
    FakeAutoScalingGroup.max_instance_lifetime = None  # type: ignore[attr-defined]
    FakeAutoScalingGroup.default_instance_warmup = None  # type: ignore[attr-defined]
    for name, function in (
        ("update_auto_scaling_group", _update),
        ("enable_metrics_collection", _enable_metrics),
        ("disable_metrics_collection", _disable_metrics),
        ("describe_metric_collection_types", _describe_metric_types),
    ):
        setattr(AutoScalingResponse, name, function)


def change(group: FakeAutoScalingGroup, values: dict[str, Any]) -> None:
    """Change settings outside of the API of AWS, by their names in DescribeAutoScalingGroups.

    An invalid value raises the error of AWS, and an unknown name a BadRequest.
    """
    for name, value in values.items():
        if name == "SuspendedProcesses":
            processes.replace(group, value)
        elif name == "EnabledMetrics":
            check_names(name, value, METRICS)
            group.metrics = list(value)
        elif name in ("TrafficSources", "TargetGroupARNs"):
            traffic.replace(group, name, value)
        elif name in _ATTRIBUTES:
            attribute, check = _ATTRIBUTES[name]
            setattr(group, attribute, check(value))
        else:
            raise ApiError("BadRequest", f"not a setting of an Auto Scaling group: {name}")


def _policies(names: list[str]) -> list[str]:
    check_names("TerminationPolicies", [each for each in names if not _LAMBDA.fullmatch(each)], TERMINATION_POLICIES)
    return list(names)


def _lifetime(seconds: int) -> int | None:
    if seconds and not LEAST_LIFETIME <= seconds <= MOST_LIFETIME:
        raise invalid(f"MaxInstanceLifetime must be 0, or between {LEAST_LIFETIME} and {MOST_LIFETIME} seconds")
    return seconds or None


def _warmup(seconds: int) -> int | None:
    return None if seconds == -1 else seconds


# Members of an update that moto ignores: the attribute of the group, and the check, which returns the stored value.
_ATTRIBUTES: dict[str, Any] = {
    "TerminationPolicies": ("termination_policies", _policies),
    "CapacityRebalance": ("capacity_rebalance", bool),
    "MaxInstanceLifetime": ("max_instance_lifetime", _lifetime),
    "DefaultInstanceWarmup": ("default_instance_warmup", _warmup),
    "DefaultCooldown": ("default_cooldown", int),
    "PlacementGroup": ("placement_group", lambda name: name or None),
    "NewInstancesProtectedFromScaleIn": ("new_instances_protected_from_scale_in", bool),
}


def _update(self: AutoScalingResponse) -> ActionResult:
    """Change the members in the request. Everything is validated first."""
    group, given = group_of(self), self._get_params()
    values = {
        attribute: check(given[name]) for name, (attribute, check) in _ATTRIBUTES.items() if given.get(name) is not None
    }
    template, configuration = given.get("LaunchTemplate") or {}, given.get("LaunchConfigurationName")
    policy = given.get("MixedInstancesPolicy")
    if policy is None and not template and not configuration:
        # moto would drop it.
        policy = group.mixed_instances_policy
    least, most, desired = _sizes(group, given)
    self.autoscaling_backend.update_auto_scaling_group(
        name=group.name,
        availability_zones=given.get("AvailabilityZones") or [],
        desired_capacity=desired,
        max_size=most,
        min_size=least,
        launch_config_name=configuration,
        launch_template=template,
        vpc_zone_identifier=given.get("VPCZoneIdentifier"),
        health_check_period=given.get("HealthCheckGracePeriod"),
        health_check_type=given.get("HealthCheckType"),
        mixed_instances_policy=policy,
    )
    for attribute, value in values.items():
        setattr(group, attribute, value)
    return EmptyResult()


def _sizes(group: FakeAutoScalingGroup, given: dict[str, Any]) -> tuple[int, int, int]:
    """Return the new sizes. An omitted desired capacity moves into the new limits."""
    least, most = given.get("MinSize", group.min_size), given.get("MaxSize", group.max_size)
    if least > most:
        raise invalid(f"Max bound, {most}, must be greater than or equal to min bound, {least}")
    desired = given.get("DesiredCapacity")
    if desired is None:
        return least, most, min(max(int(group.desired_capacity or 0), least), most)
    if not least <= desired <= most:
        raise invalid(f"Desired capacity:{desired} must be between the specified min size:{least} and max size:{most}")
    return least, most, desired


def _enable_metrics(self: AutoScalingResponse) -> ActionResult:
    group, granularity = group_of(self), self._get_param("Granularity")
    if granularity != GRANULARITY:
        raise invalid(f"The granularity {granularity} is not valid: the only valid value is {GRANULARITY}")
    added = [each for each in names_in(self, "Metrics", METRICS) if each not in group.metrics]
    group.metrics = [*group.metrics, *added]
    return EmptyResult()


def _disable_metrics(self: AutoScalingResponse) -> ActionResult:
    group, gone = group_of(self), names_in(self, "Metrics", METRICS)
    group.metrics = [each for each in group.metrics if each not in gone]
    return EmptyResult()


def _describe_metric_types(self: AutoScalingResponse) -> ActionResult:
    metrics = [{"Metric": each} for each in METRICS]
    return ActionResult({"Metrics": metrics, "Granularities": [{"Granularity": GRANULARITY}]})
