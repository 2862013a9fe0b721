"""The settings of the Auto Scaling group of a node group."""

from __future__ import annotations

import re
from typing import Any

import pytest
from conftest import Sandbox, refused
from test_auto_scaling import NAMES, group_of

TARGET = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web-{}/0123456789abcdef"
LATTICE = "arn:aws:vpc-lattice:us-east-1:123456789012:targetgroup/tg-0123456789abcdef0"
MISSING = {"AutoScalingGroupName": "eks-none"}
PROCESSES = [
    *("AZRebalance", "AddToLoadBalancer", "AlarmNotification", "HealthCheck", "InstanceRefresh", "Launch"),
    *("ReplaceUnhealthy", "ScheduledActions", "Terminate"),
]


@pytest.fixture
def scaling(sandbox: Sandbox) -> Any:
    return sandbox.client("autoscaling")


@pytest.fixture
def group(sandbox: Sandbox, eks: Any) -> dict[str, str]:
    """The name of the group of the node group, as parameters."""
    sandbox.seed(nodegroups=1)
    return {"AutoScalingGroupName": group_of(eks)}


def shown(scaling: Any, group: dict[str, str]) -> dict[str, Any]:
    [found] = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=list(group.values()))["AutoScalingGroups"]
    return found


def suspended(scaling: Any, group: dict[str, str]) -> list[str]:
    return [each["ProcessName"] for each in shown(scaling, group)["SuspendedProcesses"]]


def states(scaling: Any, group: dict[str, str]) -> dict[str, str]:
    found = scaling.describe_traffic_sources(**group)["TrafficSources"]
    return {each["Identifier"]: each["State"] for each in found}


def change(sandbox: Sandbox, value: Any, expect: int = 200) -> Any:
    body = {"cluster": "demo", "nodegroup": "workers-0000", "action": "set_asg_settings", "value": value}
    return sandbox.control("POST", "drift", body, expect=expect)


def test_a_new_group_has_the_settings_of_eks(sandbox: Sandbox, eks: Any, scaling: Any, group: dict[str, str]) -> None:
    found = shown(scaling, group)
    assert found["TerminationPolicies"] == ["OldestLaunchTemplate", "OldestInstance", "Default"]
    assert found["SuspendedProcesses"] == found["EnabledMetrics"] == found["TargetGroupARNs"] == []
    assert found["TrafficSources"] == []
    assert (found["CapacityRebalance"], found["NewInstancesProtectedFromScaleIn"]) == (False, False)
    assert "MaxInstanceLifetime" not in found
    more = sandbox.seed(nodegroups=2, nodegroup_prefix="spot", nodegroup={"capacityType": "SPOT"})["nodegroups"]
    spot = {"AutoScalingGroupName": group_of(eks, more[-1])}
    assert shown(scaling, spot)["CapacityRebalance"] is True


def test_processes_are_suspended_and_resumed(scaling: Any, group: dict[str, str]) -> None:
    scaling.suspend_processes(**group, ScalingProcesses=["AZRebalance", "ScheduledActions"])
    found = shown(scaling, group)["SuspendedProcesses"]
    assert [each["ProcessName"] for each in found] == ["AZRebalance", "ScheduledActions"]
    assert re.fullmatch(r"User suspended at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found[0]["SuspensionReason"])
    scaling.resume_processes(**group, ScalingProcesses=["AZRebalance", "Launch"])
    assert suspended(scaling, group) == ["ScheduledActions"]
    scaling.suspend_processes(**group)
    assert suspended(scaling, group) == PROCESSES
    scaling.resume_processes(**group)
    assert suspended(scaling, group) == []
    assert [each["ProcessName"] for each in scaling.describe_scaling_process_types()["Processes"]][0] == "Launch"


def test_unknown_processes_are_refused(scaling: Any, group: dict[str, str]) -> None:
    for call in (scaling.suspend_processes, scaling.resume_processes):
        with refused("ValidationError", "Rebalance"):
            call(**group, ScalingProcesses=["AZRebalance", "Rebalance"])
        with refused("ValidationError", "AutoScalingGroup name not found"):
            call(**MISSING, ScalingProcesses=["AZRebalance"])
    assert suspended(scaling, group) == []


def test_target_groups_and_traffic_sources_are_one_list(scaling: Any, group: dict[str, str]) -> None:
    first, second = TARGET.format(1), TARGET.format(2)
    scaling.attach_load_balancer_target_groups(**group, TargetGroupARNs=[first])
    scaling.attach_traffic_sources(
        **group, TrafficSources=[{"Identifier": second, "Type": "elbv2"}, {"Identifier": LATTICE}]
    )
    found = shown(scaling, group)
    assert found["TargetGroupARNs"] == [first, second]
    assert found["TrafficSources"] == [
        {"Identifier": first, "Type": "elbv2"},
        {"Identifier": second, "Type": "elbv2"},
        {"Identifier": LATTICE, "Type": "vpc-lattice"},
    ]
    assert states(scaling, group) == {first: "Adding", second: "Adding", LATTICE: "Adding"}
    assert states(scaling, group) == {first: "Added", second: "Added", LATTICE: "Added"}
    only = scaling.describe_traffic_sources(**group, TrafficSourceType="vpc-lattice")["TrafficSources"]
    assert [each["Identifier"] for each in only] == [LATTICE]
    scaling.detach_traffic_sources(**group, TrafficSources=[{"Identifier": first}, {"Identifier": LATTICE}])
    assert shown(scaling, group)["TargetGroupARNs"] == [second]
    listed = scaling.describe_load_balancer_target_groups(**group)["LoadBalancerTargetGroups"]
    found = {each["LoadBalancerTargetGroupARN"]: each["State"] for each in listed}
    assert found == {first: "Removing", second: "Added"}
    assert states(scaling, group) == {second: "Added", LATTICE: "Removing"}
    assert states(scaling, group) == {second: "Added"}
    scaling.detach_load_balancer_target_groups(**group, TargetGroupARNs=[second])
    assert states(scaling, group) == {second: "Removing"}
    assert states(scaling, group) == {}


def test_invalid_traffic_sources_are_refused(scaling: Any, group: dict[str, str]) -> None:
    for wrong in ("web", TARGET.format(1).replace("us-east-1", "us-west-2"), TARGET.format(1)[:-1]):
        with refused("ValidationError", "Provided Target Groups may not be valid"):
            scaling.attach_load_balancer_target_groups(**group, TargetGroupARNs=[wrong])
    with refused("ValidationError", "type"):
        scaling.attach_traffic_sources(**group, TrafficSources=[{"Identifier": "classic"}])
    with refused("ValidationError", "at most 10"):
        scaling.attach_load_balancer_target_groups(**group, TargetGroupARNs=[TARGET.format(n) for n in range(11)])
    with refused("ValidationError", "not part of the group"):
        scaling.detach_traffic_sources(**group, TrafficSources=[{"Identifier": TARGET.format(1)}])
    with refused("ValidationError", "AutoScalingGroup name not found"):
        scaling.describe_traffic_sources(**MISSING)
    assert states(scaling, group) == {}


def test_an_update_changes_only_the_given_settings(scaling: Any, group: dict[str, str]) -> None:
    before = shown(scaling, group)
    scaling.update_auto_scaling_group(
        **group,
        NewInstancesProtectedFromScaleIn=True,
        CapacityRebalance=True,
        TerminationPolicies=["NewestInstance", "Default"],
        MaxInstanceLifetime=86_400,
    )
    after = shown(scaling, group)
    changed = {
        "NewInstancesProtectedFromScaleIn": True,
        "CapacityRebalance": True,
        "TerminationPolicies": ["NewestInstance", "Default"],
        "MaxInstanceLifetime": 86_400,
    }
    assert after == {**before, **changed}
    scaling.update_auto_scaling_group(**group, MaxInstanceLifetime=0, CapacityRebalance=False)
    restored = shown(scaling, group)
    assert "MaxInstanceLifetime" not in restored and restored["CapacityRebalance"] is False
    for wrong in ({"TerminationPolicies": ["Random"]}, {"MaxInstanceLifetime": 3600}):
        with refused("ValidationError", next(iter(wrong))):
            scaling.update_auto_scaling_group(**group, CapacityRebalance=True, **wrong)
    with refused("ValidationError", "AutoScalingGroup name not found"):
        scaling.update_auto_scaling_group(**MISSING, CapacityRebalance=True)
    assert shown(scaling, group) == restored


def test_sizes_of_an_update_stay_consistent(eks: Any, scaling: Any, group: dict[str, str]) -> None:
    scaling.update_auto_scaling_group(**group, MinSize=0, MaxSize=5, DesiredCapacity=4)
    scaling.update_auto_scaling_group(**group, MinSize=2)
    assert shown(scaling, group)["DesiredCapacity"] == 4
    scaling.update_auto_scaling_group(**group, MaxSize=3)
    assert eks.describe_nodegroup(**NAMES)["nodegroup"]["scalingConfig"]["desiredSize"] == 3
    with refused("ValidationError", "Desired capacity:9"):
        scaling.update_auto_scaling_group(**group, DesiredCapacity=9)
    with refused("ValidationError", "Max bound"):
        scaling.update_auto_scaling_group(**group, MinSize=9)


def test_metrics_are_enabled_and_disabled(scaling: Any, group: dict[str, str]) -> None:
    def enabled() -> list[str]:
        found = shown(scaling, group)["EnabledMetrics"]
        assert {each["Granularity"] for each in found} <= {"1Minute"}
        return [each["Metric"] for each in found]

    scaling.enable_metrics_collection(**group, Granularity="1Minute", Metrics=["GroupMinSize", "GroupMaxSize"])
    assert enabled() == ["GroupMinSize", "GroupMaxSize"]
    scaling.disable_metrics_collection(**group, Metrics=["GroupMinSize"])
    assert enabled() == ["GroupMaxSize"]
    scaling.enable_metrics_collection(**group, Granularity="1Minute")
    known = [each["Metric"] for each in scaling.describe_metric_collection_types()["Metrics"]]
    assert len(known) == 20 and sorted(enabled()) == sorted(known)
    scaling.disable_metrics_collection(**group)
    assert enabled() == []
    with refused("ValidationError", "granularity"):
        scaling.enable_metrics_collection(**group, Granularity="5Minute")
    with refused("ValidationError", "GroupSize"):
        scaling.enable_metrics_collection(**group, Granularity="1Minute", Metrics=["GroupSize"])
    with refused("ValidationError", "GroupSize"):
        scaling.disable_metrics_collection(**group, Metrics=["GroupSize"])


def test_settings_drift_outside_of_aws(sandbox: Sandbox, scaling: Any, group: dict[str, str]) -> None:
    reason = "Administrative suspension: the group failed to launch instances for 24 hours"
    change(
        sandbox,
        {
            "SuspendedProcesses": {"Launch": reason},
            "TargetGroupARNs": [TARGET.format(1)],
            "EnabledMetrics": ["GroupMinSize"],
            "TerminationPolicies": ["Default"],
            "MaxInstanceLifetime": 604_800,
            "NewInstancesProtectedFromScaleIn": True,
        },
    )
    found = shown(scaling, group)
    assert found["SuspendedProcesses"] == [{"ProcessName": "Launch", "SuspensionReason": reason}]
    assert states(scaling, group) == {TARGET.format(1): "Added"}
    assert [each["Metric"] for each in found["EnabledMetrics"]] == ["GroupMinSize"]
    assert (found["TerminationPolicies"], found["MaxInstanceLifetime"]) == (["Default"], 604_800)
    assert found["NewInstancesProtectedFromScaleIn"] is True
    change(sandbox, {"SuspendedProcesses": ["AZRebalance"], "TrafficSources": [{"Identifier": LATTICE}]})
    assert suspended(scaling, group) == ["AZRebalance"]
    assert states(scaling, group) == {LATTICE: "Added"}
    assert "Rebalance" in change(sandbox, {"SuspendedProcesses": ["Rebalance"]}, expect=400)["error"]
    assert "Color" in change(sandbox, {"Color": "red"}, expect=400)["error"]


def test_each_action_can_be_denied(sandbox: Sandbox, scaling: Any, group: dict[str, str]) -> None:
    text = "User: arn:aws:iam::123456789012:user/a is not authorized to perform: autoscaling:SuspendProcesses"
    sandbox.fault(
        kind="error", service="autoscaling", operation="SuspendProcesses", code="AccessDenied", message=text, status=403
    )
    with refused("AccessDenied", "autoscaling:SuspendProcesses", 403):
        scaling.suspend_processes(**group, ScalingProcesses=["AZRebalance"])
    assert suspended(scaling, group) == []
    scaling.enable_metrics_collection(**group, Granularity="1Minute", Metrics=["GroupMinSize"])


def test_a_new_node_group_has_default_settings_again(
    sandbox: Sandbox, eks: Any, scaling: Any, group: dict[str, str]
) -> None:
    scaling.suspend_processes(**group, ScalingProcesses=["AZRebalance"])
    scaling.attach_load_balancer_target_groups(**group, TargetGroupARNs=[TARGET.format(1)])
    eks.delete_nodegroup(**NAMES)
    sandbox.step()
    sandbox.seed(nodegroups=1)
    again = {"AutoScalingGroupName": group_of(eks)}
    assert again != group
    assert suspended(scaling, again) == [] and states(scaling, again) == {}
