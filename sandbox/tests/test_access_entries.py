"""Access entries and access policies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import Made, Sandbox, refused

POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"


@pytest.fixture
def role(sandbox: Sandbox, made: Made) -> str:
    made_role = sandbox.client("iam").create_role(RoleName="dev", AssumeRolePolicyDocument=json.dumps({}))
    return made_role["Role"]["Arn"]


def test_life_of_an_entry(sandbox: Sandbox, eks: Any, role: str) -> None:
    names = {"clusterName": "demo", "principalArn": role}
    entry = eks.create_access_entry(**names, kubernetesGroups=["devs"], clientRequestToken="t")["accessEntry"]
    assert (entry["type"], entry["kubernetesGroups"]) == ("STANDARD", ["devs"])
    assert entry["username"].startswith("arn:aws:sts::123456789012:assumed-role/dev/")
    again = eks.create_access_entry(**names, kubernetesGroups=["devs"], clientRequestToken="t")["accessEntry"]
    assert again["accessEntryArn"] == entry["accessEntryArn"]
    with refused("ResourceInUseException", "is already in use on this cluster", 409):
        eks.create_access_entry(**names)
    eks.update_access_entry(**names, kubernetesGroups=["ops"], username="dev")
    entry = eks.describe_access_entry(**names)["accessEntry"]
    assert (entry["kubernetesGroups"], entry["username"]) == (["ops"], "dev")
    assert role in eks.list_access_entries(clusterName="demo")["accessEntries"]
    eks.delete_access_entry(**names)
    with refused("ResourceNotFoundException", "", 404):
        eks.describe_access_entry(**names)


def test_policies(sandbox: Sandbox, eks: Any, role: str) -> None:
    names = {"clusterName": "demo", "principalArn": role}
    eks.create_access_entry(**names)
    eks.associate_access_policy(**names, policyArn=POLICY, accessScope={"type": "cluster"})
    eks.associate_access_policy(**names, policyArn=POLICY, accessScope={"type": "namespace", "namespaces": ["a"]})
    policies = eks.list_associated_access_policies(**names)["associatedAccessPolicies"]
    assert [(each["policyArn"], each["accessScope"]["namespaces"]) for each in policies] == [(POLICY, ["a"])]
    assert eks.list_access_entries(clusterName="demo", associatedPolicyArn=POLICY)["accessEntries"] == [role]
    with refused("InvalidParameterException", "namespaces"):
        eks.associate_access_policy(**names, policyArn=POLICY, accessScope={"type": "namespace"})
    with refused("InvalidParameterException", "policyArn is invalid"):
        eks.associate_access_policy(**names, policyArn=POLICY + "X", accessScope={"type": "cluster"})
    eks.disassociate_access_policy(**names, policyArn=POLICY)
    with refused("ResourceNotFoundException"):
        eks.disassociate_access_policy(**names, policyArn=POLICY)


@pytest.mark.parametrize(
    ("overrides", "text"),
    [
        ({"principalArn": "arn:aws:iam::123456789012:role/nobody"}, "The specified principalArn is invalid: invalid"),
        ({"principalArn": "arn:aws:sts::123456789012:assumed-role/dev/s"}, "invalid principal"),
        ({"type": "EC2_LINUX", "kubernetesGroups": ["a"]}, "cannot be specified with type EC2_LINUX"),
        ({"type": "OTHER"}, "type is invalid"),
        ({"username": "system:me"}, "reserved prefix"),
        ({"kubernetesGroups": ["system:masters"]}, "must not begin with system:"),
    ],
)
def test_refusals(eks: Any, role: str, overrides: dict[str, Any], text: str) -> None:
    with refused("InvalidParameterException", text):
        eks.create_access_entry(**{"clusterName": "demo", "principalArn": role, **overrides})


def test_eks_makes_the_entry_of_a_node_role(sandbox: Sandbox, eks: Any, made: Made) -> None:
    names = {"clusterName": "demo", "principalArn": made.ids["node_role_arn"]}
    for name in ("blue", "green"):
        eks.create_nodegroup(**made.request(nodegroupName=name))
    sandbox.step()
    assert eks.describe_access_entry(**names)["accessEntry"]["type"] == "EC2_LINUX"
    with refused("ResourceInUseException", "is already in use on this cluster"):
        eks.create_access_entry(**names, type="EC2_LINUX")
    eks.delete_nodegroup(clusterName="demo", nodegroupName="blue")
    sandbox.step()
    eks.describe_access_entry(**names)
    eks.delete_nodegroup(clusterName="demo", nodegroupName="green")
    sandbox.step()
    with refused("ResourceNotFoundException"):
        eks.describe_access_entry(**names)


def test_config_map_mode_has_no_entries(sandbox: Sandbox) -> None:
    sandbox.seed(authentication_mode="CONFIG_MAP", nodegroups=1)
    with refused("InvalidRequestException", "authentication mode must be set to one of"):
        sandbox.client("eks").list_access_entries(clusterName="demo")


def test_every_policy_is_listed_and_can_be_associated(eks: Any, role: str) -> None:
    policies = eks.list_access_policies()["accessPolicies"]
    assert POLICY in [each["arn"] for each in policies] and "AmazonEKSViewPolicy" in [each["name"] for each in policies]


def test_a_cluster_that_gets_entries_makes_those_of_its_creator_and_node_groups(sandbox: Sandbox) -> None:
    made = sandbox.seed(cluster="older", authentication_mode="CONFIG_MAP", nodegroups=1)
    eks = sandbox.client("eks")
    eks.update_cluster_config(name="older", accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"})
    sandbox.step()
    entries = eks.list_access_entries(clusterName="older")["accessEntries"]
    assert made["node_role_arn"] in entries and len(entries) == 2
