"""The setting nodes_must_join: creations that fail late."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Made, Sandbox


@pytest.fixture(autouse=True)
def must_join(sandbox: Sandbox) -> None:
    sandbox.control("POST", "settings", {"nodes_must_join": True})


def outcome(sandbox: Sandbox, eks: Any, made: Made, **overrides: Any) -> tuple[str, list[str]]:
    """Return the status and issue codes at the end of a creation."""
    eks.create_nodegroup(**made.request(**overrides))
    sandbox.step()
    group = eks.describe_nodegroup(clusterName="demo", nodegroupName="blue")["nodegroup"]
    return group["status"], [issue["code"] for issue in group["health"]["issues"]]


def test_the_seeded_account_is_sound(sandbox: Sandbox, eks: Any, made: Made) -> None:
    subnets = made.ids["private_subnet_ids"] + made.ids["public_subnet_ids"]
    assert outcome(sandbox, eks, made, subnets=subnets) == ("ACTIVE", [])


def test_public_subnet_without_addresses(sandbox: Sandbox, eks: Any, made: Made) -> None:
    subnets, ec2 = made.ids["public_subnet_ids"], sandbox.client("ec2")
    ec2.modify_subnet_attribute(SubnetId=subnets[0], MapPublicIpOnLaunch={"Value": False})
    assert outcome(sandbox, eks, made, subnets=subnets) == ("CREATE_FAILED", ["Ec2SubnetInvalidConfiguration"])


def test_template_that_assigns_addresses(sandbox: Sandbox, eks: Any, made: Made) -> None:
    subnets, ec2 = made.ids["public_subnet_ids"], sandbox.client("ec2")
    ec2.modify_subnet_attribute(SubnetId=subnets[0], MapPublicIpOnLaunch={"Value": False})
    interface = {"DeviceIndex": 0, "AssociatePublicIpAddress": True}
    ec2.create_launch_template(LaunchTemplateName="lt1", LaunchTemplateData={"NetworkInterfaces": [interface]})
    assert outcome(sandbox, eks, made, subnets=subnets, launchTemplate={"name": "lt1"}) == ("ACTIVE", [])


def test_subnet_without_a_way_out(sandbox: Sandbox, eks: Any, made: Made) -> None:
    ec2 = sandbox.client("ec2")
    ec2.delete_route(RouteTableId=made.ids["private_route_table_id"], DestinationCidrBlock="0.0.0.0/0")
    assert outcome(sandbox, eks, made) == ("CREATE_FAILED", ["NodeCreationFailure"])


def test_endpoints_replace_the_way_out(sandbox: Sandbox, eks: Any, made: Made) -> None:
    ec2 = sandbox.client("ec2")
    ec2.delete_route(RouteTableId=made.ids["private_route_table_id"], DestinationCidrBlock="0.0.0.0/0")
    for name in ("ec2", "ecr.api", "ecr.dkr", "s3"):
        ec2.create_vpc_endpoint(
            VpcId=made.ids["vpc_id"], ServiceName=f"com.amazonaws.us-east-1.{name}", VpcEndpointType="Interface"
        )
    assert outcome(sandbox, eks, made) == ("ACTIVE", [])


@pytest.mark.parametrize("policy", ["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"])
def test_role_without_a_policy(sandbox: Sandbox, eks: Any, made: Made, policy: str) -> None:
    arn = f"arn:aws:iam::aws:policy/{policy}"
    sandbox.client("iam").detach_role_policy(RoleName="demo-node", PolicyArn=arn)
    other = "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"
    sandbox.client("iam").detach_role_policy(RoleName="demo-node", PolicyArn=other)
    assert outcome(sandbox, eks, made) == ("CREATE_FAILED", ["NodeCreationFailure"])


def test_full_subnets(sandbox: Sandbox, eks: Any, made: Made) -> None:
    ec2 = sandbox.client("ec2")
    small = ec2.create_subnet(VpcId=made.ids["vpc_id"], CidrBlock="10.0.250.0/28", AvailabilityZone="us-east-1a")
    subnet = small["Subnet"]["SubnetId"]
    ec2.associate_route_table(RouteTableId=made.ids["private_route_table_id"], SubnetId=subnet)
    sizes = {"minSize": 0, "maxSize": 40, "desiredSize": 40}
    assert outcome(sandbox, eks, made, subnets=[subnet], scalingConfig=sizes) == (
        "CREATE_FAILED",
        ["InsufficientFreeAddresses"],
    )
