"""Fargate profiles."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Made, Sandbox, refused


def request(made: Made, name: str = "one", **overrides: Any) -> dict[str, Any]:
    wanted = {
        "clusterName": "demo",
        "fargateProfileName": name,
        "podExecutionRoleArn": made.ids["fargate_role_arn"],
        "subnets": made.ids["private_subnet_ids"],
        "selectors": [{"namespace": "default", "labels": {"a": "b"}}],
    }
    return {**wanted, **overrides}


def describe(eks: Any, name: str = "one") -> dict[str, Any]:
    return eks.describe_fargate_profile(clusterName="demo", fargateProfileName=name)["fargateProfile"]


def test_one_at_a_time(sandbox: Sandbox, eks: Any, made: Made) -> None:
    created = eks.create_fargate_profile(**request(made, clientRequestToken="t"))["fargateProfile"]
    assert created["status"] == "CREATING"
    again = eks.create_fargate_profile(**request(made, clientRequestToken="t"))["fargateProfile"]
    assert again["fargateProfileArn"] == created["fargateProfileArn"]
    busy = "currently has Fargate profile one in status CREATING"
    with refused("ResourceInUseException", busy, 409):
        eks.create_fargate_profile(**request(made, "two"))
    with refused("ResourceInUseException", busy):
        eks.delete_fargate_profile(clusterName="demo", fargateProfileName="one")
    sandbox.step()
    assert describe(eks)["status"] == "ACTIVE"
    eks.create_fargate_profile(**request(made, "two"))
    sandbox.step()
    assert eks.list_fargate_profiles(clusterName="demo")["fargateProfileNames"] == ["one", "two"]
    eks.delete_fargate_profile(clusterName="demo", fargateProfileName="one")
    assert describe(eks)["status"] == "DELETING"
    with refused("ResourceInUseException", "currently has Fargate profile one in status DELETING"):
        eks.create_fargate_profile(**request(made, "three"))
    with refused("ResourceInUseException", "Cluster has fargate profiles attached"):
        eks.delete_cluster(name="demo")
    sandbox.step()
    with refused("ResourceNotFoundException", "No Fargate Profile found with name: one.", 404):
        describe(eks)


def test_failure(sandbox: Sandbox, eks: Any, made: Made) -> None:
    issue = {"code": "PodExecutionRoleAlreadyInUse", "message": "used", "resourceIds": ["arn"]}
    sandbox.fault(kind="transition_fail", transition="fargate_create", health_issues=[issue])
    eks.create_fargate_profile(**request(made))
    sandbox.step()
    assert describe(eks)["status"] == "CREATE_FAILED"
    assert describe(eks)["health"]["issues"] == [issue]


@pytest.mark.parametrize(
    ("overrides", "text"),
    [
        ({"fargateProfileName": "eks-mine"}, "must not begin with eks-"),
        ({"selectors": []}, "requires at least one selector"),
        ({"selectors": [{"namespace": f"n{n}"} for n in range(6)]}, "at most 5 selectors"),
        ({"selectors": [{"labels": {"a": "b"}}]}, "at least one namespace"),
        ({"selectors": [{"namespace": "n", "labels": {str(n): "x" for n in range(6)}}]}, "more than 5 Label pairs"),
        (
            {"podExecutionRoleArn": "arn:aws:iam::123456789012:role/demo-node"},
            "Misconfigured PodExecutionRole Trust Policy",
        ),
    ],
)
def test_refusals(eks: Any, made: Made, overrides: dict[str, Any], text: str) -> None:
    with refused("InvalidParameterException", text):
        eks.create_fargate_profile(**request(made, **overrides))


def test_subnets_must_be_private(eks: Any, made: Made) -> None:
    with refused("InvalidParameterException", "provided in Fargate Profile is not a private subnet"):
        eks.create_fargate_profile(**request(made, subnets=made.ids["public_subnet_ids"]))


def test_quota_and_taken_name(sandbox: Sandbox, eks: Any, made: Made) -> None:
    sandbox.seed(fargate_profiles=["one"])
    with refused("ResourceInUseException", "already exists with this name in this cluster"):
        eks.create_fargate_profile(**request(made))
    sandbox.control("POST", "settings", {"max_fargate_profiles": 1})
    with refused("ResourceLimitExceededException"):
        eks.create_fargate_profile(**request(made, "two"))


def test_drift(sandbox: Sandbox, eks: Any, made: Made) -> None:
    sandbox.seed(fargate_profiles=["one"])

    def drift(action: str, value: Any) -> Any:
        body = {"cluster": "demo", "fargate_profile": "one", "action": action, "value": value}
        return sandbox.control("POST", "drift", body)

    drift("set_tags", {"a": "1"})
    assert describe(eks)["tags"] == {"a": "1"}
    drift("set_status", "DELETE_FAILED")
    assert describe(eks)["status"] == "DELETE_FAILED"
    drift("delete", None)
    assert eks.list_fargate_profiles(clusterName="demo")["fargateProfileNames"] == []
    eks.create_fargate_profile(**request(made))
