"""CreateNodegroup: defaults, states, errors, and idempotency."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from conftest import Made, Sandbox, refused


def describe(eks: Any, name: str = "blue") -> dict[str, Any]:
    return eks.describe_nodegroup(clusterName="demo", nodegroupName=name)["nodegroup"]


def test_defaults_of_today(sandbox: Sandbox, eks: Any, made: Made) -> None:
    created = eks.create_nodegroup(**made.request())["nodegroup"]
    assert created["status"] == "CREATING"
    sandbox.step()
    group = describe(eks)
    assert group["status"] == "ACTIVE"
    assert group["amiType"] == "AL2023_x86_64_STANDARD"
    assert group["instanceTypes"] == ["t3.medium"]
    assert group["diskSize"] == 20
    assert group["capacityType"] == "ON_DEMAND"
    assert group["updateConfig"] == {"maxUnavailable": 1, "updateStrategy": "DEFAULT"}
    assert group["scalingConfig"] == {"minSize": 1, "maxSize": 2, "desiredSize": 2}
    assert group["version"] == "1.33"
    assert group["releaseVersion"] == "1.33.5-20251016"
    assert group["nodegroupArn"].startswith("arn:aws:eks:us-east-1:123456789012:nodegroup/demo/blue/")
    assert group["health"] == {"issues": []}
    assert "taints" not in group and "remoteAccess" not in group and "launchTemplate" not in group


def test_times_are_utc(sandbox: Sandbox, eks: Any, made: Made) -> None:
    created = eks.create_nodegroup(**made.request())["nodegroup"]
    cluster = eks.describe_cluster(name="demo")["cluster"]
    for moment in (created["createdAt"], created["modifiedAt"], cluster["createdAt"]):
        assert abs(datetime.now(UTC) - moment) < timedelta(hours=1)


def test_manual_transition_waits(sandbox: Sandbox, eks: Any, made: Made) -> None:
    eks.create_nodegroup(**made.request())
    assert [describe(eks)["status"] for _ in range(3)] == ["CREATING"] * 3
    assert sandbox.step(target="demo/blue") == [{"kind": "nodegroup_create", "target": "demo/blue"}]
    assert describe(eks)["status"] == "ACTIVE"


def test_transition_after_describes(sandbox: Sandbox, eks: Any, made: Made) -> None:
    sandbox.pace(nodegroup_create={"describes": 2})
    eks.create_nodegroup(**made.request())
    assert [describe(eks)["status"] for _ in range(3)] == ["CREATING", "CREATING", "ACTIVE"]


def test_auto_scaling_group_is_real(sandbox: Sandbox, eks: Any, made: Made) -> None:
    eks.create_nodegroup(**made.request(scalingConfig={"minSize": 0, "maxSize": 7, "desiredSize": 3}))
    name = describe(eks)["resources"]["autoScalingGroups"][0]["name"]
    scaling = sandbox.client("autoscaling")
    group = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0]
    assert (group["MinSize"], group["MaxSize"], group["DesiredCapacity"]) == (0, 7, 3)
    tags = {tag["Key"]: tag["Value"] for tag in group["Tags"]}
    assert tags == {
        "eks:cluster-name": "demo",
        "eks:nodegroup-name": "blue",
        "kubernetes.io/cluster/demo": "owned",
        "k8s.io/cluster-autoscaler/enabled": "true",
        "k8s.io/cluster-autoscaler/demo": "owned",
    }
    tag = {"ResourceId": name, "ResourceType": "auto-scaling-group", "Key": "team", "Value": "x"}
    scaling.create_or_update_tags(Tags=[{**tag, "PropagateAtLaunch": False}])
    assert "team" in {each["Key"] for each in scaling.describe_tags()["Tags"]}
    scaling.delete_tags(Tags=[tag])
    assert "team" not in {each["Key"] for each in scaling.describe_tags()["Tags"]}


def test_same_token_answers_with_the_same_group(sandbox: Sandbox, eks: Any, made: Made) -> None:
    first = eks.create_nodegroup(**made.request(clientRequestToken="one"))["nodegroup"]
    again = eks.create_nodegroup(**made.request(clientRequestToken="one"))["nodegroup"]
    assert again["nodegroupArn"] == first["nodegroupArn"]
    with refused("InvalidParameterException", "different parameters"):
        eks.create_nodegroup(**made.request(clientRequestToken="one", diskSize=99))
    with refused("ResourceInUseException", "NodeGroup already exists with name blue and cluster name demo", 409):
        eks.create_nodegroup(**made.request(clientRequestToken="two"))


def test_needs_an_active_cluster(sandbox: Sandbox, eks: Any, made: Made) -> None:
    sandbox.control("POST", "cluster", {"cluster": "demo", "status": "CREATING"})
    with refused("InvalidRequestException", "is not in ACTIVE status"):
        eks.create_nodegroup(**made.request())
    with refused("ResourceNotFoundException", "No cluster found for name: other.", 404):
        eks.create_nodegroup(**made.request(clusterName="other"))


@pytest.mark.parametrize(
    ("overrides", "text"),
    [
        ({"nodegroupName": "a" * 64}, "can't be longer than 63 characters"),
        ({"nodegroupName": "-a"}, "must start"),
        ({"subnets": ["subnet-0000000000000000"]}, "does not exist"),
        ({"subnets": []}, "Subnets are not specified"),
        ({"nodeRole": "arn:aws:iam::123456789012:role/nobody"}, "cannot be found"),
        ({"nodeRole": "nobody"}, "Invalid Role Arn"),
        (
            {"nodeRole": "arn:aws:iam::123456789012:role/demo-fargate"},
            "Following required service principals [ec2.amazonaws.com] were not found in the trust relationships",
        ),
        ({"nodeRole": "arn:aws:iam::123456789012:role/demo-cluster"}, "cannot be the same as the cluster role"),
        ({"scalingConfig": {"minSize": 3, "maxSize": 5, "desiredSize": 2}}, "Minimum capacity 3 can't be greater"),
        ({"scalingConfig": {"minSize": 1, "maxSize": 2, "desiredSize": 5}}, "desiredSize is not valid"),
        ({"scalingConfig": {"minSize": 1}}, "must specify minSize, maxSize and desiredSize"),
        ({"updateConfig": {"maxUnavailable": 1, "maxUnavailablePercentage": 5}}, "Only one of"),
        ({"updateConfig": {"maxUnavailable": 3}}, "max-unavailable must be within the range 1 and max size"),
        ({"instanceTypes": ["m5.gigantic"]}, "The following supplied instance types do not exist"),
        (
            {"instanceTypes": ["m6g.large"], "amiType": "AL2023_x86_64_STANDARD"},
            "[m6g.large] is not a valid instance type for requested amiType AL2023_x86_64_STANDARD",
        ),
        ({"instanceTypes": ["m5.large", "m6g.large"]}, "[m6g.large] is not a valid instance type"),
        ({"amiType": "AL2023_ARM_64_STANDARD"}, "[t3.medium] is not a valid instance type for requested amiType"),
        ({"amiType": "CUSTOM"}, "Launch template details can't be null for Custom ami type node group"),
        ({"amiType": "AL2_x86_64"}, "is not supported for Kubernetes version 1.33"),
        ({"amiType": "WINDOWS_CORE_2025_x86_64"}, "is not supported for Kubernetes version 1.33"),
        ({"version": "1.32"}, "Nodegroup Kubernetes version should be equal to Cluster kubernetes version"),
        (
            {"releaseVersion": "1.33.9-20990101"},
            "Requested Nodegroup release version 1.33.9-20990101 is invalid. Allowed release version is "
            "1.33.5-20251016",
        ),
        ({"capacityType": "CAPACITY_BLOCK"}, "Launch template is required"),
        ({"remoteAccess": {"sourceSecurityGroups": ["sg-1"]}}, "together with ec2SshKey"),
        ({"remoteAccess": {"ec2SshKey": "nokey"}}, "InvalidKeyPair.NotFound"),
        ({"labels": {"kubernetes.io/role": "x"}}, "reserved prefixes"),
        ({"tags": {"aws:x": "y"}}, "reserved prefix aws:"),
        (
            {"taints": [{"key": "a", "effect": "NO_SCHEDULE"}, {"key": "a", "effect": "NO_SCHEDULE", "value": "b"}]},
            "Duplicate taint",
        ),
        ({"taints": [{"key": f"k{n}", "effect": "NO_SCHEDULE"} for n in range(51)]}, "limit of 50"),
        (
            {"nodeRepairConfig": {"maxParallelNodesRepairedCount": 1, "maxParallelNodesRepairedPercentage": 1}},
            "Only one of maxParallelNodesRepairedCount",
        ),
        ({"nodeRepairConfig": {"nodeRepairConfigOverrides": [{"repairAction": "Reboot"}]}}, "must specify"),
        (
            {
                "amiType": "BOTTLEROCKET_x86_64",
                "warmPoolConfig": {"enabled": True, "poolState": "HIBERNATED"},
            },
            "Bottlerocket does not support",
        ),
    ],
)
def test_refusals(sandbox: Sandbox, eks: Any, made: Made, overrides: dict[str, Any], text: str) -> None:
    with refused("InvalidParameterException", text, 400):
        eks.create_nodegroup(**made.request(**overrides))
    assert eks.list_nodegroups(clusterName="demo")["nodegroups"] == []


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"instanceTypes": ["m6g.large"]}, {"amiType": "AL2023_ARM_64_STANDARD"}),
        (
            {"amiType": "BOTTLEROCKET_ARM_64", "instanceTypes": ["t4g.medium"]},
            {"releaseVersion": "1.49.0-713f44ce", "instanceTypes": ["t4g.medium"]},
        ),
        ({"amiType": "WINDOWS_CORE_2022_x86_64"}, {"releaseVersion": "1.33-2025.10.16", "diskSize": 50}),
        ({"releaseVersion": "1.33.4-20250904"}, {"releaseVersion": "1.33.4-20250904"}),
        (
            {"warmPoolConfig": {"enabled": True, "maxGroupPreparedCapacity": 4}},
            {
                "warmPoolConfig": {
                    "enabled": True,
                    "minSize": 0,
                    "maxGroupPreparedCapacity": 4,
                    "poolState": "STOPPED",
                    "reuseOnScaleIn": False,
                }
            },
        ),
        (
            {"scalingConfig": {"minSize": 1, "maxSize": 9, "desiredSize": 1}, "updateConfig": {"maxUnavailable": 7}},
            {"updateConfig": {"maxUnavailable": 7, "updateStrategy": "DEFAULT"}},
        ),
        (
            {"updateConfig": {"maxUnavailablePercentage": 30, "updateStrategy": "MINIMAL"}},
            {"updateConfig": {"maxUnavailablePercentage": 30, "updateStrategy": "MINIMAL"}},
        ),
    ],
)
def test_accepted(eks: Any, made: Made, overrides: dict[str, Any], expected: dict[str, Any]) -> None:
    group = eks.create_nodegroup(**made.request(**overrides))["nodegroup"]
    assert {name: group[name] for name in expected} == expected


def test_failed_creation_blocks_the_name_until_deleted(sandbox: Sandbox, eks: Any, made: Made) -> None:
    issue = {"code": "NodeCreationFailure", "message": "Instances failed to join", "resourceIds": ["i-1"]}
    sandbox.fault(kind="transition_fail", transition="nodegroup_create", health_issues=[issue], early_issues=True)
    eks.create_nodegroup(**made.request())
    assert describe(eks)["health"]["issues"] == [issue]
    assert describe(eks)["status"] == "CREATING"
    sandbox.step()
    assert describe(eks)["status"] == "CREATE_FAILED"
    with refused("ResourceInUseException", "already exists"):
        eks.create_nodegroup(**made.request())
    eks.delete_nodegroup(clusterName="demo", nodegroupName="blue")
    assert describe(eks)["status"] == "DELETING"
    sandbox.step()
    with refused("ResourceNotFoundException", "No node group found for name: blue.", 404):
        describe(eks)


def test_delete_while_creating_when_allowed(sandbox: Sandbox, eks: Any, made: Made) -> None:
    sandbox.control("POST", "settings", {"delete_while_creating": True})
    eks.create_nodegroup(**made.request())
    eks.delete_nodegroup(clusterName="demo", nodegroupName="blue")
    assert sandbox.step() == [{"kind": "nodegroup_delete", "target": "demo/blue"}]
    assert eks.list_nodegroups(clusterName="demo")["nodegroups"] == []


def test_an_old_deletion_spares_a_new_group_of_the_name(sandbox: Sandbox, eks: Any, made: Made) -> None:
    eks.create_nodegroup(**made.request())
    sandbox.step()
    eks.delete_nodegroup(clusterName="demo", nodegroupName="blue")
    sandbox.control("POST", "drift", {"cluster": "demo", "nodegroup": "blue", "action": "delete"})
    eks.create_nodegroup(**made.request())
    assert sandbox.step() == [{"kind": "nodegroup_create", "target": "demo/blue"}]
    assert describe(eks)["status"] == "ACTIVE"


def test_many_at_once(sandbox: Sandbox, eks: Any, made: Made) -> None:
    sandbox.pace(nodegroup_create=0)
    names = [f"n{index:02d}" for index in range(48)]

    def life(name: str) -> str:
        eks.create_nodegroup(**made.request(nodegroupName=name))
        return describe(eks, name)["status"]

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(life, names)) == {"ACTIVE"}
    assert eks.list_nodegroups(clusterName="demo")["nodegroups"] == names
    groups = sandbox.client("autoscaling").describe_auto_scaling_groups(MaxRecords=100)["AutoScalingGroups"]
    assert len({group["AutoScalingGroupName"] for group in groups}) == len(names)


def test_delete_leaves_nothing(sandbox: Sandbox, eks: Any, made: Made) -> None:
    before = sandbox.control("GET", "resources")
    key = sandbox.client("ec2").create_key_pair(KeyName="mine")["KeyName"]
    eks.create_nodegroup(**made.request(remoteAccess={"ec2SshKey": key}))
    with refused("ResourceInUseException", "cannot be deleted while it is in status CREATING"):
        eks.delete_nodegroup(clusterName="demo", nodegroupName="blue")
    sandbox.step()
    assert describe(eks)["resources"]["remoteAccessSecurityGroup"].startswith("sg-")
    with refused("ResourceInUseException", "Cluster has nodegroups attached"):
        eks.delete_cluster(name="demo")
    eks.delete_nodegroup(clusterName="demo", nodegroupName="blue")
    sandbox.step()
    sandbox.client("ec2").delete_key_pair(KeyName="mine")
    assert sandbox.control("GET", "resources") == before
