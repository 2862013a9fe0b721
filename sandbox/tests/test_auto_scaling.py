"""The Auto Scaling API for groups of EKS."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Sandbox, refused

NAMES = {"clusterName": "demo", "nodegroupName": "workers-0000"}


@pytest.fixture
def scaling(sandbox: Sandbox) -> Any:
    return sandbox.client("autoscaling")


def group_of(eks: Any, name: str = "workers-0000") -> str:
    group = eks.describe_nodegroup(clusterName="demo", nodegroupName=name)["nodegroup"]
    return group["resources"]["autoScalingGroups"][0]["name"]


def test_tags_come_in_pages(sandbox: Sandbox, eks: Any, scaling: Any) -> None:
    names = sandbox.seed(nodegroups=30)["nodegroups"]
    assert len(scaling.describe_tags()["Tags"]) == 50
    pages = scaling.get_paginator("describe_tags").paginate(PaginationConfig={"PageSize": 100})
    assert [len(page["Tags"]) for page in pages] == [100, 50]
    groups = [group_of(eks, name) for name in names[:2]]
    wanted = [
        {"Name": "auto-scaling-group", "Values": [*groups, "eks-none"]},
        {"Name": "key", "Values": ["eks:nodegroup-name"]},
        {"Name": "propagate-at-launch", "Values": ["true"]},
    ]
    found = scaling.describe_tags(Filters=wanted)["Tags"]
    assert {tag["ResourceId"]: tag["Value"] for tag in found} == dict(zip(groups, names[:2], strict=True))
    with refused("ValidationError", "MaxRecords"):
        scaling.describe_tags(MaxRecords=101)


def test_tags_of_a_missing_group(sandbox: Sandbox, scaling: Any) -> None:
    tag = {"ResourceId": "eks-none", "ResourceType": "auto-scaling-group", "Key": "a", "Value": "b"}
    with refused("ValidationError", "AutoScalingGroup name not found"):
        scaling.create_or_update_tags(Tags=[{**tag, "PropagateAtLaunch": False}])
    with refused("ValidationError", "AutoScalingGroup name not found"):
        scaling.delete_tags(Tags=[tag])


def test_an_autoscaler_is_seen_by_eks(sandbox: Sandbox, eks: Any, scaling: Any) -> None:
    sandbox.seed(nodegroups=1)
    scaling.set_desired_capacity(AutoScalingGroupName=group_of(eks), DesiredCapacity=3)
    assert eks.describe_nodegroup(**NAMES)["nodegroup"]["scalingConfig"]["desiredSize"] == 3


def test_a_deleted_group_degrades_the_node_group(sandbox: Sandbox, eks: Any, scaling: Any) -> None:
    sandbox.seed(nodegroups=1)
    name = group_of(eks)
    scaling.delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)
    group = eks.describe_nodegroup(**NAMES)["nodegroup"]
    assert group["status"] == "DEGRADED"
    assert [(issue["code"], issue["resourceIds"]) for issue in group["health"]["issues"]] == [
        ("AutoScalingGroupNotFound", [name])
    ]


def test_warm_pool_is_on_the_group(sandbox: Sandbox, eks: Any, scaling: Any) -> None:
    sandbox.seed(nodegroups=1, nodegroup={"warmPoolConfig": {"enabled": True, "minSize": 1}})
    pool = scaling.describe_warm_pool(AutoScalingGroupName=group_of(eks))["WarmPoolConfiguration"]
    assert (pool["MinSize"], pool["PoolState"]) == (1, "Stopped")
    eks.update_nodegroup_config(**NAMES, warmPoolConfig={"enabled": False})
    sandbox.step()
    assert "WarmPoolConfiguration" not in scaling.describe_warm_pool(AutoScalingGroupName=group_of(eks))


def test_failed_activities_outlive_the_group(sandbox: Sandbox, eks: Any, scaling: Any) -> None:
    ids = sandbox.seed()
    sandbox.fault(
        kind="transition_fail",
        transition="nodegroup_create",
        health_issues=[{"code": "AsgInstanceLaunchFailures", "message": "see the activities"}],
        scaling_activities=[{"status_message": "first"}, {"status_message": "no capacity in us-east-1a"}],
    )
    request = {"nodeRole": ids["node_role_arn"], "subnets": ids["private_subnet_ids"]}
    eks.create_nodegroup(**NAMES, **request)
    name = group_of(eks)
    assert scaling.describe_scaling_activities(AutoScalingGroupName=name)["Activities"] == []
    sandbox.step()
    activities = scaling.describe_scaling_activities(AutoScalingGroupName=name)["Activities"]
    assert [(each["StatusCode"], each["StatusMessage"]) for each in activities] == [
        ("Failed", "no capacity in us-east-1a"),
        ("Failed", "first"),
    ]
    eks.delete_nodegroup(**NAMES)
    sandbox.step()
    assert scaling.describe_scaling_activities(AutoScalingGroupName=name)["Activities"] == []
    kept = scaling.describe_scaling_activities(AutoScalingGroupName=name, IncludeDeletedGroups=True)["Activities"]
    assert len(kept) == 2


def test_instances_are_only_launched_for_workloads(sandbox: Sandbox, eks: Any, scaling: Any) -> None:
    sandbox.seed(nodegroups=1)
    found = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group_of(eks)])
    assert found["AutoScalingGroups"][0]["Instances"] == []
    assert sandbox.client("ec2").describe_instances()["Reservations"] == []


def test_without_workloads_a_terminated_instance_is_not_replaced(sandbox: Sandbox, eks: Any, scaling: Any) -> None:
    ids = sandbox.seed()
    issue = {"code": "NodeCreationFailure", "message": "Instances failed to join the kubernetes cluster"}
    sandbox.fault(kind="transition_fail", transition="nodegroup_create", health_issues=[issue])
    eks.create_nodegroup(**NAMES, nodeRole=ids["node_role_arn"], subnets=ids["private_subnet_ids"])
    sandbox.step()
    names = [group_of(eks)]
    [group] = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=names)["AutoScalingGroups"]
    gone, kept = (each["InstanceId"] for each in group["Instances"])
    scaling.terminate_instance_in_auto_scaling_group(InstanceId=gone, ShouldDecrementDesiredCapacity=False)
    [group] = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=names)["AutoScalingGroups"]
    assert [each["InstanceId"] for each in group["Instances"]] == [kept]
    assert group["DesiredCapacity"] == 2


def test_an_update_without_nodes_also_requires_the_processes(sandbox: Sandbox, eks: Any, scaling: Any) -> None:
    sandbox.seed(version="1.33", nodegroups=1, nodegroup={"releaseVersion": "1.33.4-20250904"})
    scaling.suspend_processes(AutoScalingGroupName=group_of(eks), ScalingProcesses=["Launch"])
    update = eks.update_nodegroup_version(**NAMES)["update"]
    sandbox.step()
    names = {"name": "demo", "nodegroupName": "workers-0000", "updateId": update["id"]}
    assert eks.describe_update(**names)["update"]["status"] == "Failed"
    assert eks.describe_nodegroup(**NAMES)["nodegroup"]["status"] == "DEGRADED"
    eks.update_nodegroup_config(**NAMES, scalingConfig={"minSize": 0, "maxSize": 2, "desiredSize": 0})
    sandbox.step()
    update = eks.update_nodegroup_version(**NAMES)["update"]
    sandbox.step()
    assert eks.describe_update(**{**names, "updateId": update["id"]})["update"]["status"] == "Successful"
