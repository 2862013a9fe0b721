"""Clusters, their updates, add-ons, and versions."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from conftest import Made, Sandbox, refused


def create(eks: Any, made: Made, **overrides: Any) -> dict[str, Any]:
    request = {
        "name": "second",
        "roleArn": made.ids["cluster_role_arn"],
        "resourcesVpcConfig": {"subnetIds": made.ids["private_subnet_ids"]},
        **overrides,
    }
    return eks.create_cluster(**request)["cluster"]


def test_life_of_a_cluster(sandbox: Sandbox, eks: Any, made: Made) -> None:
    created = create(eks, made, tags={"a": "b"}, accessConfig={"authenticationMode": "API"})
    assert created["status"] == "CREATING"
    assert "endpoint" not in created and created["certificateAuthority"] == {}
    sandbox.step()
    cluster = eks.describe_cluster(name="second")["cluster"]
    assert cluster["status"] == "ACTIVE"
    assert cluster["version"] == "1.34"
    assert cluster["endpoint"].startswith("https://")
    assert b"BEGIN CERTIFICATE" in base64.b64decode(cluster["certificateAuthority"]["data"])
    vpc = cluster["resourcesVpcConfig"]
    assert vpc["vpcId"] == made.ids["vpc_id"]
    assert vpc["clusterSecurityGroupId"].startswith("sg-")
    assert (vpc["endpointPublicAccess"], vpc["endpointPrivateAccess"]) == (True, False)
    assert cluster["kubernetesNetworkConfig"]["ipFamily"] == "ipv4"
    assert cluster["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "10.100.0.0/16"
    assert cluster["accessConfig"]["authenticationMode"] == "API"
    assert cluster["upgradePolicy"] == {"supportType": "EXTENDED"}
    assert cluster["deletionProtection"] is False
    assert cluster["health"] == {"issues": []}
    assert cluster["tags"] == {"a": "b"}
    assert sorted(eks.list_clusters()["clusters"]) == ["demo", "second"]
    eks.delete_cluster(name="second")
    assert eks.describe_cluster(name="second")["cluster"]["status"] == "DELETING"
    sandbox.step()
    with refused("ResourceNotFoundException", "No cluster found for name: second.", 404):
        eks.describe_cluster(name="second")


def test_failed_cluster(sandbox: Sandbox, eks: Any, made: Made) -> None:
    issue = {"code": "VpcNotFound", "message": "gone", "resourceIds": []}
    sandbox.fault(kind="transition_fail", transition="cluster_create", health_issues=[issue])
    create(eks, made)
    sandbox.step()
    cluster = eks.describe_cluster(name="second")["cluster"]
    assert (cluster["status"], cluster["health"]["issues"]) == ("FAILED", [issue])


@pytest.mark.parametrize(
    ("overrides", "text"),
    [
        ({"version": "1.19"}, "unsupported Kubernetes version 1.19"),
        ({"roleArn": "arn:aws:iam::123456789012:role/nobody"}, "cannot be found"),
        ({"roleArn": "arn:aws:iam::123456789012:role/demo-node"}, "could not be assumed"),
        ({"resourcesVpcConfig": {"subnetIds": ["subnet-1", "subnet-2"]}}, "does not exist"),
        ({"resourcesVpcConfig": {"subnetIds": []}}, "at least two different AZs"),
    ],
)
def test_refusals(eks: Any, made: Made, overrides: dict[str, Any], text: str) -> None:
    with refused("InvalidParameterException", text):
        create(eks, made, **overrides)


def test_name_is_taken(eks: Any, made: Made) -> None:
    with refused("ResourceInUseException", "Cluster already exists with name: demo", 409):
        create(eks, made, name="demo")


def test_version_update(sandbox: Sandbox, eks: Any, made: Made) -> None:
    eks.create_nodegroup(**made.request())
    sandbox.step()
    with refused("InvalidParameterException", "Unsupported Kubernetes minor version update from 1.33 to 1.35"):
        eks.update_cluster_version(name="demo", version="1.35")
    update = eks.update_cluster_version(name="demo", version="1.34")["update"]
    assert eks.describe_cluster(name="demo")["cluster"]["status"] == "UPDATING"
    with refused("ResourceInUseException", f"currently has update {update['id']} in progress"):
        eks.create_nodegroup(**made.request(nodegroupName="green"))
    with refused("ResourceInUseException", f"currently has update {update['id']} in progress"):
        eks.delete_nodegroup(clusterName="demo", nodegroupName="blue")
    sandbox.step()
    assert eks.describe_update(name="demo", updateId=update["id"])["update"]["status"] == "Successful"
    assert eks.describe_cluster(name="demo")["cluster"]["version"] == "1.34"
    assert eks.list_updates(name="demo")["updateIds"] == [update["id"]]
    with refused("InvalidParameterException", "Nodegroups blue must be updated to match cluster version 1.34 before"):
        eks.update_cluster_version(name="demo", version="1.35")


def test_config_update(sandbox: Sandbox, eks: Any, made: Made) -> None:
    eks.update_cluster_config(name="demo", resourcesVpcConfig={"endpointPublicAccess": False})
    sandbox.step()
    vpc = eks.describe_cluster(name="demo")["cluster"]["resourcesVpcConfig"]
    assert (vpc["endpointPublicAccess"], vpc["vpcId"]) == (False, made.ids["vpc_id"])
    eks.update_cluster_config(name="demo", accessConfig={"authenticationMode": "API"})
    sandbox.step()
    with refused("InvalidParameterException", "Unsupported authentication mode update from API to CONFIG_MAP"):
        eks.update_cluster_config(name="demo", accessConfig={"authenticationMode": "CONFIG_MAP"})


def test_a_test_sets_endpoint_and_status(sandbox: Sandbox, eks: Any, made: Made) -> None:
    change = {"cluster": "demo", "endpoint": "https://127.0.0.1:1", "certificate_authority": "Q0E="}
    sandbox.control("POST", "cluster", change)
    cluster = eks.describe_cluster(name="demo")["cluster"]
    assert (cluster["endpoint"], cluster["certificateAuthority"]["data"]) == ("https://127.0.0.1:1", "Q0E=")


def test_a_seed_takes_members_of_create_cluster(sandbox: Sandbox, eks: Any) -> None:
    sandbox.seed(cluster="six", zones=3, cluster_config={"kubernetesNetworkConfig": {"ipFamily": "ipv6"}})
    cluster = eks.describe_cluster(name="six")["cluster"]
    assert cluster["kubernetesNetworkConfig"]["ipFamily"] == "ipv6"
    assert cluster["kubernetesNetworkConfig"]["serviceIpv6Cidr"].endswith("::/108")
    assert len(cluster["resourcesVpcConfig"]["subnetIds"]) == 6


def test_cluster_versions(sandbox: Sandbox, eks: Any) -> None:
    versions = eks.describe_cluster_versions()["clusterVersions"]
    assert [each["clusterVersion"] for each in versions] == ["1.30", "1.31", "1.32", "1.33", "1.34", "1.35"]
    one = eks.describe_cluster_versions(clusterVersions=["1.33"])["clusterVersions"][0]
    assert (one["versionStatus"], one["defaultVersion"]) == ("STANDARD_SUPPORT", False)
    assert one["endOfStandardSupportDate"] < one["endOfExtendedSupportDate"]
    extended = eks.describe_cluster_versions(versionStatus="EXTENDED_SUPPORT")["clusterVersions"]
    assert [each["clusterVersion"] for each in extended] == ["1.30", "1.31", "1.32"]


def test_no_addons(eks: Any, made: Made) -> None:
    with refused("ResourceNotFoundException", "No addon: vpc-cni found in cluster: demo", 404):
        eks.describe_addon(clusterName="demo", addonName="vpc-cni")
    assert eks.list_addons(clusterName="demo")["addons"] == []
    assert eks.list_pod_identity_associations(clusterName="demo")["associations"] == []
