"""Instances of node groups that fail to create, and their console output."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Made, Sandbox, refused

NAMES = {"clusterName": "demo", "nodegroupName": "blue"}


@pytest.fixture
def ec2(sandbox: Sandbox) -> Any:
    return sandbox.client("ec2")


def fail(sandbox: Sandbox, **more: Any) -> None:
    issue = {"code": "NodeCreationFailure", "message": "Instances failed to join the kubernetes cluster"}
    sandbox.fault(kind="transition_fail", transition="nodegroup_create", health_issues=[issue], **more)


def failed_instances(sandbox: Sandbox, eks: Any) -> list[str]:
    """Return the instances in the health issue, which are the instances of the Auto Scaling group."""
    group = eks.describe_nodegroup(**NAMES)["nodegroup"]
    [issue] = group["health"]["issues"]
    name = group["resources"]["autoScalingGroups"][0]["name"]
    found = sandbox.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    instances = found["AutoScalingGroups"][0]["Instances"]
    assert issue["code"] == "NodeCreationFailure"
    assert issue["resourceIds"] == [each["InstanceId"] for each in instances]
    assert len({each["AvailabilityZone"] for each in instances}) == 2
    return issue["resourceIds"]


def test_failed_instances_exist_until_the_group_is_deleted(sandbox: Sandbox, eks: Any, ec2: Any, made: Made) -> None:
    fail(sandbox)
    eks.create_nodegroup(**made.request())
    assert ec2.describe_instances()["Reservations"] == []
    sandbox.step()
    found = failed_instances(sandbox, eks)
    assert len(found) == 2
    for reservation in ec2.describe_instances(InstanceIds=found)["Reservations"]:
        [instance] = reservation["Instances"]
        assert (instance["State"]["Name"], instance["Hypervisor"]) == ("running", "nitro")
        assert instance["SecurityGroups"][0]["GroupId"] == made.ids["cluster_security_group_id"]
    eks.delete_nodegroup(**NAMES)
    sandbox.step()
    ended = ec2.describe_instances(InstanceIds=found)["Reservations"]
    assert {each["Instances"][0]["State"]["Name"] for each in ended} == {"terminated"}
    free = ec2.describe_subnets(SubnetIds=made.request()["subnets"])["Subnets"]
    assert [each["AvailableIpAddressCount"] for each in free] == [8187, 8187]
    # The output remains available.
    assert ec2.get_console_output(InstanceId=found[0])["Output"]


def test_failed_instances_of_early_issues_and_of_the_setting(sandbox: Sandbox, eks: Any, ec2: Any, made: Made) -> None:
    fail(sandbox, early_issues=True, count=1)
    eks.create_nodegroup(**made.request())
    early = failed_instances(sandbox, eks)
    sandbox.step()
    assert failed_instances(sandbox, eks) == early
    eks.delete_nodegroup(**NAMES)
    sandbox.step()
    sandbox.control("POST", "settings", {"nodes_must_join": True})
    ec2.delete_route(RouteTableId=made.ids["private_route_table_id"], DestinationCidrBlock="0.0.0.0/0")
    eks.create_nodegroup(**made.request())
    sandbox.step()
    assert len(failed_instances(sandbox, eks)) == 2


def test_other_failures_have_no_instances(sandbox: Sandbox, eks: Any, ec2: Any, made: Made) -> None:
    issue = {"code": "AsgInstanceLaunchFailures", "message": "no capacity"}
    sandbox.fault(kind="transition_fail", transition="nodegroup_create", health_issues=[issue])
    eks.create_nodegroup(**made.request())
    sandbox.step()
    assert ec2.describe_instances()["Reservations"] == []


def test_console_output_by_rule(sandbox: Sandbox, eks: Any, ec2: Any, made: Made) -> None:
    fail(sandbox)
    eks.create_nodegroup(**made.request())
    sandbox.step()
    first, second = failed_instances(sandbox, eks)
    text = "[   25.1] nodeadm[2495]: fatal cli/main.go:35 Command failed\n"
    rule = {"cluster": "demo", "nodegroup": "blue", "text": text}
    sandbox.control("POST", "console_output", rule)
    sandbox.control("POST", "console_output", {"instance": second, "text": "x" * 70_000 + "end", "latest_only": True})
    answer = ec2.get_console_output(InstanceId=first)
    assert (answer["InstanceId"], answer["Output"]) == (first, text)
    assert answer["Timestamp"].tzinfo is not None
    assert ec2.get_console_output(InstanceId=first, Latest=True)["Output"] == text
    assert "Output" not in ec2.get_console_output(InstanceId=second)
    latest = ec2.get_console_output(InstanceId=second, Latest=True)["Output"]
    assert len(latest) == 64 * 1024 and latest.endswith("xend")
    sandbox.control("POST", "console_output", {"instance": first, "absent": True})
    assert "Output" not in ec2.get_console_output(InstanceId=first, Latest=True)
    assert len(sandbox.control("GET", "console_output")["rules"]) == 3
    sandbox.control("DELETE", "console_output")
    assert "Linux version" in ec2.get_console_output(InstanceId=first)["Output"]


def test_errors_of_the_console_output(sandbox: Sandbox, eks: Any, ec2: Any, made: Made) -> None:
    fail(sandbox)
    eks.create_nodegroup(**made.request(instanceTypes=["t2.medium"]))
    sandbox.step()
    first, second = failed_instances(sandbox, eks)
    with refused("UnsupportedOperation", "t2.medium", 400):
        ec2.get_console_output(InstanceId=first, Latest=True)
    denied = {"code": "UnauthorizedOperation", "message": "You are not authorized", "status": 403}
    sandbox.control("POST", "console_output", {"instance": second, "error": denied})
    with refused("UnauthorizedOperation", "You are not authorized", 403):
        ec2.get_console_output(InstanceId=second)
    with refused("InvalidInstanceID.NotFound"):
        ec2.get_console_output(InstanceId="i-0123456789abcdef0")
    error = sandbox.control("POST", "console_output", {"text": "x"}, expect=400)
    assert "instance" in error["error"]
    error = sandbox.control("POST", "console_output", {"instance": first, "output": "x"}, expect=400)
    assert "output" in error["error"]
