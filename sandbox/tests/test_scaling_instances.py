"""The instances of the Auto Scaling group of a node group, with workloads: terminations, protection, and processes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from conftest import Sandbox, refused, wait_for
from workload_cluster import BUDGETS, NODES, WorkloadCluster, is_ready

NAMES = {"clusterName": "pods", "nodegroupName": "blue"}
SIZES = {"minSize": 1, "maxSize": 4, "desiredSize": 2}
WEB = {"matchLabels": {"app": "web"}}


@pytest.fixture
def scaling(running: Sandbox) -> Any:
    return running.client("autoscaling")


def described(cluster: WorkloadCluster) -> dict[str, Any]:
    return cluster.sandbox.client("eks").describe_nodegroup(**NAMES)["nodegroup"]


def group_of(cluster: WorkloadCluster) -> dict[str, str]:
    return {"AutoScalingGroupName": described(cluster)["resources"]["autoScalingGroups"][0]["name"]}


def ids(cluster: WorkloadCluster) -> list[str]:
    return [each["InstanceId"] for each in cluster.instances()]


def ready_ids(cluster: WorkloadCluster) -> list[str]:
    """Return the instances of all Ready nodes."""
    return sorted(node["spec"]["providerID"].rpartition("/")[2] for node in cluster.items(NODES) if is_ready(node))


def state(cluster: WorkloadCluster, instance: str) -> str:
    found = cluster.sandbox.client("ec2").describe_instances(InstanceIds=[instance])
    return found["Reservations"][0]["Instances"][0]["State"]["Name"]


def record(cluster: WorkloadCluster) -> dict[str, Any]:
    """Return the record of the latest update."""
    return cluster.sandbox.control("GET", "updates?cluster=pods&nodegroup=blue")["updates"][-1]


def test_instances_are_described(cluster: WorkloadCluster, scaling: Any) -> None:
    cluster.group()
    name = group_of(cluster)["AutoScalingGroupName"]
    found = scaling.describe_auto_scaling_instances(InstanceIds=[*ids(cluster), "i-0123456789abcdef0"])
    assert len(found["AutoScalingInstances"]) == 2
    for each in found["AutoScalingInstances"]:
        assert (each["AutoScalingGroupName"], each["LifecycleState"]) == (name, "InService")
        assert (each["HealthStatus"].upper(), each["ProtectedFromScaleIn"]) == ("HEALTHY", False)
    pages = scaling.get_paginator("describe_auto_scaling_instances").paginate(PaginationConfig={"PageSize": 1})
    assert sorted(each["InstanceId"] for page in pages for each in page["AutoScalingInstances"]) == sorted(ids(cluster))
    machines = cluster.sandbox.client("ec2").describe_instances(InstanceIds=ids(cluster))["Reservations"]
    for each in (machine for reservation in machines for machine in reservation["Instances"]):
        assert each["PrivateDnsName"].startswith("ip-") and each["State"]["Name"] == "running"
        assert abs(datetime.now(UTC) - each["LaunchTime"]) < timedelta(minutes=1)


def test_a_terminated_instance_is_replaced(cluster: WorkloadCluster, scaling: Any) -> None:
    cluster.group(scalingConfig=SIZES)
    cluster.deploy("web", 4)
    gone, kept = ids(cluster)
    cluster.workloads(join_seconds=0.3)
    activity = scaling.terminate_instance_in_auto_scaling_group(InstanceId=gone, ShouldDecrementDesiredCapacity=False)
    assert activity["Activity"]["StatusCode"] == "InProgress"
    assert gone in activity["Activity"]["Description"]
    wait_for(lambda: len(ready_ids(cluster)) == 2 and gone not in ready_ids(cluster))
    assert state(cluster, gone) == "terminated"
    assert kept in ids(cluster) and len(ids(cluster)) == 2
    assert described(cluster)["scalingConfig"] == SIZES
    cluster.workloads()
    assert len(cluster.pods("web")) == 4 and all(map(is_ready, cluster.pods("web")))
    [activity] = scaling.describe_scaling_activities(**group_of(cluster))["Activities"]
    assert (activity["StatusCode"], activity["Progress"]) == ("Successful", 100)


def test_a_decrement_lowers_the_desired_size(cluster: WorkloadCluster, scaling: Any) -> None:
    cluster.group(scalingConfig=SIZES)
    gone, kept = ids(cluster)
    scaling.terminate_instance_in_auto_scaling_group(InstanceId=gone, ShouldDecrementDesiredCapacity=True)
    assert described(cluster)["scalingConfig"]["desiredSize"] == 1
    wait_for(lambda: ready_ids(cluster) == [kept] and ids(cluster) == [kept])
    text = "Currently, desiredSize equals minSize (1)."
    with refused("ValidationError", text):
        scaling.terminate_instance_in_auto_scaling_group(InstanceId=kept, ShouldDecrementDesiredCapacity=True)
    cluster.workloads()
    assert ids(cluster) == [kept] and state(cluster, kept) == "running"


def test_a_termination_drains_the_node_until_the_limit(cluster: WorkloadCluster, scaling: Any) -> None:
    cluster.workloads(drain_seconds=1)
    cluster.group(scalingConfig=SIZES)
    cluster.deploy("web", 2)
    cluster.budget(selector=WEB, maxUnavailable=0)
    gone = ids(cluster)[0]
    scaling.terminate_instance_in_auto_scaling_group(InstanceId=gone, ShouldDecrementDesiredCapacity=False)
    states = {each["InstanceId"]: each["LifecycleState"] for each in cluster.instances()}
    assert states[gone] == "Terminating:Wait" and state(cluster, gone) == "running"
    with refused("ScalingActivityInProgress", gone):
        scaling.terminate_instance_in_auto_scaling_group(InstanceId=gone, ShouldDecrementDesiredCapacity=True)
    wait_for(lambda: state(cluster, gone) == "terminated")
    assert described(cluster)["scalingConfig"]["desiredSize"] == 2
    cluster("DELETE", f"{BUDGETS}/budget")


def test_several_instances_of_a_named_group(cluster: WorkloadCluster, scaling: Any) -> None:
    cluster.group(scalingConfig={**SIZES, "minSize": 0})
    call, gone = scaling.terminate_instance_in_auto_scaling_group, ids(cluster)
    answer = call(**group_of(cluster), InstanceIds=gone, ShouldDecrementDesiredCapacity=True)
    assert len(answer["Activities"]) == 2 and "Activity" not in answer
    wait_for(lambda: not cluster.items(NODES) and not ids(cluster))
    for wrong in ({"InstanceIds": gone}, {}, {"InstanceId": gone[0], **group_of(cluster), "InstanceIds": gone}):
        with refused("ValidationError", "InstanceId"):
            call(**wrong, ShouldDecrementDesiredCapacity=False)
    for known in ("i-0123456789abcdef0", gone[0]):
        with refused("ValidationError", f"No managed instance found for instance ID: {known}"):
            call(InstanceId=known, ShouldDecrementDesiredCapacity=False)


def test_protected_instances_are_not_scaled_in(cluster: WorkloadCluster, scaling: Any) -> None:
    cluster.group(scalingConfig=SIZES)
    group, kept = group_of(cluster), ids(cluster)
    scaling.update_auto_scaling_group(**group, NewInstancesProtectedFromScaleIn=True)
    scaling.set_instance_protection(**group, InstanceIds=kept[:1], ProtectedFromScaleIn=True)
    scaling.set_desired_capacity(**group, DesiredCapacity=3)
    cluster.workloads()
    protected = {each["InstanceId"]: each["ProtectedFromScaleIn"] for each in cluster.instances()}
    assert sorted(protected.values()) == [False, True, True] and protected[kept[0]]
    scaling.set_desired_capacity(**group, DesiredCapacity=1)
    wait_for(lambda: len(ids(cluster)) == 2)
    cluster.workloads()
    assert kept[0] in ids(cluster) and kept[1] not in ids(cluster)
    # Protection does not affect explicit terminations.
    scaling.terminate_instance_in_auto_scaling_group(InstanceId=kept[0], ShouldDecrementDesiredCapacity=False)
    wait_for(lambda: len(ids(cluster)) == 1 and kept[0] not in ids(cluster))
    with refused("ValidationError", f"The instance {kept[0]} is not part of Auto Scaling group"):
        scaling.set_instance_protection(**group, InstanceIds=[kept[0]], ProtectedFromScaleIn=False)
    with refused("ValidationError", "at most 50"):
        scaling.set_instance_protection(**group, InstanceIds=[kept[0]] * 51, ProtectedFromScaleIn=False)


def test_instances_are_registered_with_existing_target_groups(cluster: WorkloadCluster, scaling: Any) -> None:
    cluster.group(scalingConfig=SIZES)
    balancing, group = cluster.sandbox.client("elbv2"), group_of(cluster)
    made = balancing.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=cluster.ids["vpc_id"])
    target = made["TargetGroups"][0]["TargetGroupArn"]

    def registered() -> list[str]:
        found = balancing.describe_target_health(TargetGroupArn=target)["TargetHealthDescriptions"]
        return sorted(each["Target"]["Id"] for each in found if each["TargetHealth"]["State"] != "draining")

    scaling.attach_load_balancer_target_groups(**group, TargetGroupARNs=[target])
    assert registered() == sorted(ids(cluster))
    gone = ids(cluster)[0]
    scaling.terminate_instance_in_auto_scaling_group(InstanceId=gone, ShouldDecrementDesiredCapacity=False)
    wait_for(lambda: gone not in ids(cluster) and len(ready_ids(cluster)) == 2)
    assert registered() == sorted(ids(cluster))
    scaling.detach_load_balancer_target_groups(**group, TargetGroupARNs=[target])
    assert registered() == []
    balancing.delete_target_group(TargetGroupArn=target)


def test_suspended_processes_prevent_scaling(cluster: WorkloadCluster, scaling: Any) -> None:
    cluster.group(scalingConfig=SIZES)
    group, before = group_of(cluster), ids(cluster)
    scaling.suspend_processes(**group, ScalingProcesses=["Launch", "Terminate"])
    for size in (3, 1):
        scaling.set_desired_capacity(**group, DesiredCapacity=size)
        cluster.workloads()
        assert ids(cluster) == before
    scaling.resume_processes(**group, ScalingProcesses=["Terminate"])
    wait_for(lambda: len(ready_ids(cluster)) == 1)
    scaling.set_desired_capacity(**group, DesiredCapacity=2)
    scaling.resume_processes(**group)
    wait_for(lambda: len(ready_ids(cluster)) == 2)


@pytest.mark.parametrize("process", ["Launch", "Terminate"])
def test_an_update_without_a_required_process_fails(cluster: WorkloadCluster, scaling: Any, process: str) -> None:
    cluster.group()
    group, before = group_of(cluster), ids(cluster)
    scaling.suspend_processes(**group, ScalingProcesses=[process])
    ended = cluster.update_end(cluster.update())
    assert (ended["status"], ended["errors"][0]["errorCode"]) == ("Failed", "NodeCreationFailure")
    failed = described(cluster)
    [issue] = failed["health"]["issues"]
    assert (failed["status"], issue["code"]) == ("DEGRADED", "AutoScalingGroupInvalidConfiguration")
    assert process in issue["message"] and issue["resourceIds"] == list(group.values())
    assert ids(cluster) == before
    scaling.resume_processes(**group, ScalingProcesses=[process])
    healthy = described(cluster)
    assert (healthy["status"], healthy["health"]["issues"]) == ("ACTIVE", [])
    assert cluster.update_end(cluster.update())["status"] == "Successful"
    assert not set(ids(cluster)) & set(before)


def test_a_process_is_suspended_during_an_update(cluster: WorkloadCluster, scaling: Any) -> None:
    cluster.workloads(drain_seconds=30)
    cluster.group()
    cluster.deploy("web", 2)
    cluster.budget(selector=WEB, maxUnavailable=0)
    update = cluster.update()
    wait_for(lambda: len(ids(cluster)) == 6)
    scaling.suspend_processes(**group_of(cluster), ScalingProcesses=["Terminate"])
    cluster("DELETE", f"{BUDGETS}/budget")
    ended = cluster.update_end(update)
    assert (ended["status"], ended["errors"][0]["errorCode"]) == ("Failed", "NodeCreationFailure")


def test_the_record_of_an_update_names_suspended_processes(cluster: WorkloadCluster, scaling: Any) -> None:
    cluster.group()
    group = group_of(cluster)
    scaling.suspend_processes(**group, ScalingProcesses=["AZRebalance", "AlarmNotification"])
    cluster.sandbox.pace(nodegroup_version_update="manual")
    first = cluster.update()
    assert record(cluster) == {
        "id": first["id"],
        "status": "InProgress",
        "type": "VersionUpdate",
        "suspended_at_start": ["AZRebalance", "AlarmNotification"],
        "suspended_at_end": None,
    }
    scaling.resume_processes(**group, ScalingProcesses=["AZRebalance"])
    cluster.sandbox.step(kind="nodegroup_version_update")
    assert cluster.update_end(first)["status"] == "Successful"
    ended = record(cluster)
    assert (ended["suspended_at_start"], ended["suspended_at_end"]) == (
        ["AZRebalance", "AlarmNotification"],
        ["AlarmNotification"],
    )
    assert "suspended_at_start" not in cluster.sandbox.client("eks").describe_update(
        name="pods", nodegroupName="blue", updateId=first["id"]
    )["update"]
