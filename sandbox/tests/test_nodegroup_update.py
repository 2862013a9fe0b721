"""UpdateNodegroupConfig, UpdateNodegroupVersion, DescribeUpdate, ListUpdates."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Made, Sandbox, refused

NAMES = {"clusterName": "demo", "nodegroupName": "blue"}


def describe(eks: Any) -> dict[str, Any]:
    return eks.describe_nodegroup(**NAMES)["nodegroup"]


def update_of(eks: Any, update: dict[str, Any]) -> dict[str, Any]:
    return eks.describe_update(name="demo", updateId=update["id"], nodegroupName="blue")["update"]


@pytest.fixture
def group(sandbox: Sandbox, eks: Any, made: Made) -> dict[str, Any]:
    """An ACTIVE node group with the second newest release."""
    eks.create_nodegroup(**made.request(releaseVersion="1.33.4-20250904"))
    sandbox.step()
    return describe(eks)


def test_config_update_is_asynchronous(sandbox: Sandbox, eks: Any, group: dict[str, Any]) -> None:
    update = eks.update_nodegroup_config(
        **NAMES,
        scalingConfig={"minSize": 2, "maxSize": 6, "desiredSize": 4},
        labels={"addOrUpdateLabels": {"a": "1", "b": "2"}},
        taints={"addOrUpdateTaints": [{"key": "k", "value": "v", "effect": "NO_EXECUTE"}]},
        updateConfig={"maxUnavailablePercentage": 20, "updateStrategy": "MINIMAL"},
        nodeRepairConfig={"enabled": True, "maxUnhealthyNodeThresholdCount": 3},
        warmPoolConfig={"enabled": True, "minSize": 1},
    )["update"]
    assert (update["status"], update["type"], update["errors"]) == ("InProgress", "ConfigUpdate", [])
    types = {each["type"]: each["value"] for each in update["params"]}
    assert types == {
        "MinSize": "2",
        "MaxSize": "6",
        "DesiredSize": "4",
        "LabelsToAdd": '{"a": "1", "b": "2"}',
        "TaintsToAdd": '[{"key": "k", "value": "v", "effect": "NO_EXECUTE"}]',
        "MaxUnavailablePercentage": "20",
        "UpdateStrategy": "MINIMAL",
        "NodeRepairEnabled": "true",
        "NodeRepairConfig": '{"enabled": true, "maxUnhealthyNodeThresholdCount": 3}',
        "WarmPoolEnabled": "true",
        "WarmPoolMinSize": "1",
    }
    busy = describe(eks)
    assert busy["status"] == "UPDATING"
    assert busy["labels"] == {}
    assert update_of(eks, update)["status"] == "InProgress"
    sandbox.step()
    assert update_of(eks, update)["status"] == "Successful"
    done = describe(eks)
    assert done["status"] == "ACTIVE"
    assert done["scalingConfig"] == {"minSize": 2, "maxSize": 6, "desiredSize": 4}
    assert done["labels"] == {"a": "1", "b": "2"}
    assert done["taints"] == [{"key": "k", "value": "v", "effect": "NO_EXECUTE"}]
    assert done["updateConfig"] == {"maxUnavailablePercentage": 20, "updateStrategy": "MINIMAL"}
    assert done["nodeRepairConfig"] == {"enabled": True, "maxUnhealthyNodeThresholdCount": 3}
    assert done["warmPoolConfig"]["enabled"] is True
    assert done["modifiedAt"] > group["modifiedAt"]
    name = done["resources"]["autoScalingGroups"][0]["name"]
    scaling = sandbox.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    assert scaling["AutoScalingGroups"][0]["DesiredCapacity"] == 4


def test_partial_updates_keep_the_rest(sandbox: Sandbox, eks: Any, group: dict[str, Any]) -> None:
    eks.update_nodegroup_config(**NAMES, labels={"addOrUpdateLabels": {"a": "1", "b": "2"}})
    sandbox.step()
    eks.update_nodegroup_config(
        **NAMES,
        labels={"addOrUpdateLabels": {"a": "9"}, "removeLabels": ["b"]},
        scalingConfig={"desiredSize": 1},
    )
    sandbox.step()
    assert describe(eks)["labels"] == {"a": "9"}
    assert describe(eks)["scalingConfig"] == {"minSize": 1, "maxSize": 2, "desiredSize": 1}


def test_taint_patch_by_key_and_effect(sandbox: Sandbox, eks: Any, group: dict[str, Any]) -> None:
    one, two = {"key": "k", "value": "1", "effect": "NO_SCHEDULE"}, {"key": "k", "value": "1", "effect": "NO_EXECUTE"}
    eks.update_nodegroup_config(**NAMES, taints={"addOrUpdateTaints": [one, two]})
    sandbox.step()
    changed = {**one, "value": "2"}
    eks.update_nodegroup_config(**NAMES, taints={"addOrUpdateTaints": [changed], "removeTaints": [two]})
    sandbox.step()
    assert describe(eks)["taints"] == [changed]
    with refused("InvalidParameterException", "both added or updated and removed"):
        eks.update_nodegroup_config(**NAMES, taints={"addOrUpdateTaints": [one], "removeTaints": [one]})
    eks.update_nodegroup_config(**NAMES, taints={"removeTaints": [changed]})
    sandbox.step()
    assert "taints" not in describe(eks)


def test_strict_patches_refuse_absent_members(sandbox: Sandbox, eks: Any, group: dict[str, Any]) -> None:
    sandbox.control("POST", "settings", {"strict_patches": True})
    with refused("InvalidParameterException", "does not have it"):
        eks.update_nodegroup_config(**NAMES, labels={"removeLabels": ["absent"]})
    with refused("InvalidParameterException", "does not have it"):
        eks.update_nodegroup_config(**NAMES, taints={"removeTaints": [{"key": "absent", "effect": "NO_EXECUTE"}]})


def test_one_update_at_a_time(sandbox: Sandbox, eks: Any, group: dict[str, Any]) -> None:
    update = eks.update_nodegroup_config(**NAMES, scalingConfig={"desiredSize": 1})["update"]
    text = f"currently has update {update['id']} in progress"
    with refused("ResourceInUseException", text, 409) as refusal:
        eks.update_nodegroup_config(**NAMES, scalingConfig={"desiredSize": 2})
    assert refusal.response["nodegroupName"] == "blue"
    with refused("ResourceInUseException", text):
        eks.update_nodegroup_version(**NAMES, releaseVersion="1.33.5-20251016")
    with refused("ResourceInUseException", text):
        eks.delete_nodegroup(**NAMES)
    sandbox.step()
    eks.update_nodegroup_config(**NAMES, scalingConfig={"desiredSize": 2})


def test_repeated_token_gives_the_same_update(sandbox: Sandbox, eks: Any, group: dict[str, Any]) -> None:
    first = eks.update_nodegroup_config(**NAMES, scalingConfig={"desiredSize": 1}, clientRequestToken="t")["update"]
    again = eks.update_nodegroup_config(**NAMES, scalingConfig={"desiredSize": 1}, clientRequestToken="t")["update"]
    assert again["id"] == first["id"]
    assert eks.list_updates(name="demo", nodegroupName="blue")["updateIds"] == [first["id"]]
    with refused("InvalidParameterException", "different parameters"):
        eks.update_nodegroup_config(**NAMES, scalingConfig={"desiredSize": 2}, clientRequestToken="t")


def test_describe_update_needs_the_nodegroup(sandbox: Sandbox, eks: Any, group: dict[str, Any]) -> None:
    update = eks.update_nodegroup_config(**NAMES, scalingConfig={"desiredSize": 1})["update"]
    with refused("ResourceNotFoundException", "No update found", 404):
        eks.describe_update(name="demo", updateId=update["id"])
    assert eks.list_updates(name="demo")["updateIds"] == []


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"scalingConfig": {"minSize": 5}}, "Minimum capacity 5 can't be greater than desired size 2"),
        ({"scalingConfig": {"desiredSize": 9}}, "desiredSize is not valid"),
        ({"updateConfig": {"maxUnavailable": 50}}, "max-unavailable must be within the range 1 and max size"),
        ({"labels": {"addOrUpdateLabels": {"a": "1"}, "removeLabels": ["a"]}}, "both added and removed"),
        ({"nodeRepairConfig": {"maxUnhealthyNodeThresholdCount": 1, "maxUnhealthyNodeThresholdPercentage": 1}}, "Only"),
        ({}, "At least one configuration"),
    ],
)
def test_config_refusals(eks: Any, group: dict[str, Any], change: dict[str, Any], text: str) -> None:
    with refused("InvalidParameterException", text):
        eks.update_nodegroup_config(**NAMES, **change)
    assert describe(eks)["status"] == "ACTIVE"


def test_warm_pool_is_left_and_removed(sandbox: Sandbox, eks: Any, group: dict[str, Any]) -> None:
    for change, expected in (
        ({"enabled": True, "poolState": "RUNNING"}, "RUNNING"),
        ({"minSize": 2}, "RUNNING"),
    ):
        eks.update_nodegroup_config(**NAMES, warmPoolConfig=change)
        sandbox.step()
        assert describe(eks)["warmPoolConfig"]["poolState"] == expected
    eks.update_nodegroup_config(**NAMES, warmPoolConfig={"enabled": False})
    sandbox.step()
    assert "warmPoolConfig" not in describe(eks)


def test_warm_pool_limit_is_removed(sandbox: Sandbox, eks: Any, group: dict[str, Any]) -> None:
    for change, expected in (
        ({"enabled": True, "maxGroupPreparedCapacity": 5}, 5),
        ({"minSize": 2}, 5),
        ({"maxGroupPreparedCapacity": -1}, None),
    ):
        eks.update_nodegroup_config(**NAMES, warmPoolConfig=change)
        sandbox.step()
        assert describe(eks)["warmPoolConfig"].get("maxGroupPreparedCapacity") == expected


def test_repair_config_is_replaced_as_a_whole(sandbox: Sandbox, eks: Any, group: dict[str, Any]) -> None:
    override = {
        "nodeMonitoringCondition": "NetworkingReady",
        "nodeUnhealthyReason": "InterfaceNotUp",
        "minRepairWaitTimeMins": 5,
        "repairAction": "Reboot",
    }
    repair = {"enabled": True, "maxParallelNodesRepairedCount": 2, "nodeRepairConfigOverrides": [override]}
    eks.update_nodegroup_config(**NAMES, nodeRepairConfig=repair)
    sandbox.step()
    assert describe(eks)["nodeRepairConfig"] == repair
    eks.update_nodegroup_config(**NAMES, nodeRepairConfig={"maxParallelNodesRepairedPercentage": 10})
    sandbox.step()
    assert describe(eks)["nodeRepairConfig"] == {"enabled": True, "maxParallelNodesRepairedPercentage": 10}


def test_release_update(sandbox: Sandbox, eks: Any, group: dict[str, Any]) -> None:
    update = eks.update_nodegroup_version(**NAMES, releaseVersion="1.33.5-20251016")["update"]
    assert update["type"] == "VersionUpdate"
    assert {"type": "ReleaseVersion", "value": "1.33.5-20251016"} in update["params"]
    assert describe(eks)["releaseVersion"] == "1.33.4-20250904"
    sandbox.step()
    assert describe(eks)["releaseVersion"] == "1.33.5-20251016"
    eks.update_nodegroup_version(**NAMES, releaseVersion="1.33.3-20250807")
    sandbox.step()
    assert describe(eks)["releaseVersion"] == "1.33.3-20250807"


def test_version_follows_the_cluster(sandbox: Sandbox, eks: Any, group: dict[str, Any]) -> None:
    text = "Nodegroup Kubernetes version should be equal to Cluster kubernetes version"
    with refused("InvalidParameterException", text):
        eks.update_nodegroup_version(**NAMES, version="1.34")
    eks.update_cluster_version(name="demo", version="1.34")
    with refused("ResourceInUseException", "currently has update"):
        eks.update_nodegroup_version(**NAMES, version="1.34")
    sandbox.step()
    eks.update_nodegroup_version(**NAMES, version="1.34")
    sandbox.step()
    assert describe(eks)["version"] == "1.34"
    assert describe(eks)["releaseVersion"] == "1.34.2-20251016"


def test_rollback_of_one_minor_version(sandbox: Sandbox, eks: Any, group: dict[str, Any]) -> None:
    for version in ("1.34", "1.35"):
        eks.update_cluster_version(name="demo", version=version)
        sandbox.step()
        eks.update_nodegroup_version(**NAMES, version=version)
        sandbox.step()
    with refused("InvalidParameterException", "cannot be rolled back from 1.35 to 1.33"):
        eks.update_nodegroup_version(**NAMES, version="1.33")
    with refused("InvalidParameterException", "Nodegroups blue must be updated to match cluster version 1.34"):
        eks.update_cluster_version(name="demo", version="1.34")
    eks.update_nodegroup_version(**NAMES, version="1.34")
    sandbox.step()
    assert describe(eks)["releaseVersion"] == "1.34.2-20251016"
    update = eks.update_cluster_version(name="demo", version="1.34")["update"]
    assert update["type"] == "VersionRollback"
    sandbox.step()
    assert eks.describe_cluster(name="demo")["cluster"]["version"] == "1.34"


def test_unknown_release(eks: Any, group: dict[str, Any]) -> None:
    text = "Requested Nodegroup release version 1.33.7-20300101 is invalid. Allowed release version is 1.33.5-20251016"
    with refused("InvalidParameterException", text):
        eks.update_nodegroup_version(**NAMES, releaseVersion="1.33.7-20300101")


def test_failed_version_update_keeps_the_old_version(sandbox: Sandbox, eks: Any, group: dict[str, Any]) -> None:
    error = {"errorCode": "PodEvictionFailure", "errorMessage": "Reached max retries", "resourceIds": ["ip-10-0-1-2"]}
    sandbox.fault(kind="transition_fail", transition="nodegroup_version_update", errors=[error], count=1)
    update = eks.update_nodegroup_version(**NAMES, releaseVersion="1.33.5-20251016")["update"]
    sandbox.step()
    failed = update_of(eks, update)
    assert (failed["status"], failed["errors"]) == ("Failed", [error])
    assert describe(eks)["status"] == "ACTIVE"
    assert describe(eks)["releaseVersion"] == "1.33.4-20250904"
    eks.update_nodegroup_version(**NAMES, releaseVersion="1.33.5-20251016", force=True)
    sandbox.step()
    assert describe(eks)["releaseVersion"] == "1.33.5-20251016"


def test_failed_update_can_degrade(sandbox: Sandbox, eks: Any, group: dict[str, Any]) -> None:
    issue = {"code": "AsgInstanceLaunchFailures", "message": "no capacity", "resourceIds": ["asg"]}
    error = {"errorCode": "NodeCreationFailure", "errorMessage": "none joined", "resourceIds": []}
    sandbox.fault(
        kind="transition_fail",
        transition="nodegroup_version_update",
        errors=[error],
        health_issues=[issue],
        status_after="DEGRADED",
    )
    eks.update_nodegroup_version(**NAMES, releaseVersion="1.33.5-20251016")
    sandbox.step()
    assert describe(eks)["status"] == "DEGRADED"
    assert describe(eks)["health"]["issues"] == [issue]
    eks.update_nodegroup_config(**NAMES, scalingConfig={"desiredSize": 1})


def test_no_update_of_a_failed_group(sandbox: Sandbox, eks: Any, made: Made) -> None:
    sandbox.fault(kind="transition_fail", transition="nodegroup_create")
    eks.create_nodegroup(**made.request())
    sandbox.step()
    with refused("ResourceInUseException", "Nodegroup cannot be updated as it is currently not in Active State"):
        eks.update_nodegroup_config(**NAMES, scalingConfig={"desiredSize": 1})


def test_delete_failure(sandbox: Sandbox, eks: Any, group: dict[str, Any]) -> None:
    issue = {"code": "Ec2SecurityGroupDeletionFailure", "message": "in use", "resourceIds": ["sg-1"]}
    sandbox.fault(kind="transition_fail", transition="nodegroup_delete", health_issues=[issue], count=1)
    eks.delete_nodegroup(**NAMES)
    sandbox.step()
    assert describe(eks)["status"] == "DELETE_FAILED"
    assert describe(eks)["health"]["issues"] == [issue]
    eks.delete_nodegroup(**NAMES)
    sandbox.step()
    with refused("ResourceNotFoundException"):
        describe(eks)
