"""Node groups with a launch template."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Made, Sandbox, refused

NAMES = {"clusterName": "demo", "nodegroupName": "blue"}


@pytest.fixture
def ec2(sandbox: Sandbox) -> Any:
    return sandbox.client("ec2")


def template(ec2: Any, name: str = "lt", **data: Any) -> str:
    made = ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
    return made["LaunchTemplate"]["LaunchTemplateId"]


def add_version(ec2: Any, template_id: str, **data: Any) -> None:
    ec2.create_launch_template_version(LaunchTemplateId=template_id, LaunchTemplateData=data)


def test_versions_come_back_as_numbers(sandbox: Sandbox, eks: Any, ec2: Any, made: Made) -> None:
    template_id = template(ec2, EbsOptimized=True)
    add_version(ec2, template_id, EbsOptimized=False)
    for index, (version, number) in enumerate([(None, "1"), ("$Default", "1"), ("$Latest", "2"), ("2", "2")]):
        wanted = {"name": "lt"} if version is None else {"id": template_id, "version": version}
        group = eks.create_nodegroup(**made.request(nodegroupName=f"n{index}", launchTemplate=wanted))["nodegroup"]
        assert group["launchTemplate"] == {"id": template_id, "name": "lt", "version": number}
        assert "diskSize" not in group and "remoteAccess" not in group
        assert group["instanceTypes"] == ["t3.medium"]


def test_instance_type_of_the_template(sandbox: Sandbox, eks: Any, ec2: Any, made: Made) -> None:
    template_id = template(ec2, InstanceType="m6g.large")
    group = eks.create_nodegroup(**made.request(launchTemplate={"id": template_id}))["nodegroup"]
    assert "instanceTypes" not in group
    assert group["amiType"] == "AL2023_ARM_64_STANDARD"


def test_custom_image(sandbox: Sandbox, eks: Any, ec2: Any, made: Made) -> None:
    template_id = template(ec2, ImageId="ami-0abc0000000000001")
    group = eks.create_nodegroup(**made.request(launchTemplate={"id": template_id}))["nodegroup"]
    assert (group["amiType"], group["releaseVersion"]) == ("CUSTOM", "ami-0abc0000000000001")
    assert "version" not in group
    sandbox.step()
    add_version(ec2, template_id, ImageId="ami-0abc0000000000002")
    with refused("InvalidParameterException", "You cannot specify the field kubernetesVersion when using custom AMIs"):
        eks.update_nodegroup_version(**NAMES, version="1.33")
    update = eks.update_nodegroup_version(**NAMES, launchTemplate={"id": template_id, "version": "2"})["update"]
    assert update["params"] == [
        {"type": "LaunchTemplateName", "value": "lt"},
        {"type": "LaunchTemplateVersion", "value": "2"},
    ]
    sandbox.step()
    group = eks.describe_nodegroup(**NAMES)["nodegroup"]
    assert (group["releaseVersion"], group["launchTemplate"]["version"]) == ("ami-0abc0000000000002", "2")


@pytest.mark.parametrize(
    ("data", "overrides", "text"),
    [
        ({}, {"diskSize": 30}, "Disk size must be specified within the launch template"),
        ({}, {"remoteAccess": {"ec2SshKey": "k"}}, "Remote access configuration cannot be specified"),
        ({"InstanceType": "m5.large"}, {"instanceTypes": ["m5.large"]}, "both in the launch template and"),
        (
            {"ImageId": "ami-0abc0000000000001"},
            {"amiType": "AL2023_x86_64_STANDARD"},
            "You cannot specify an AMI Type other than CUSTOM, when specifying an image id in your launch template",
        ),
        (
            {"ImageId": "ami-0abc0000000000001"},
            {"version": "1.33"},
            "You cannot specify a kubernetes version to use when specifying an image id to use within the launch",
        ),
        (
            {"ImageId": "ami-0abc0000000000001"},
            {"releaseVersion": "1.33.5-20251016"},
            "You cannot specify a release version",
        ),
        ({"ImageId": "ami-0abc0000000000001"}, {"warmPoolConfig": {"enabled": True}}, "not supported with custom AMIs"),
        ({}, {"amiType": "CUSTOM"}, "must specify an image id"),
        ({"IamInstanceProfile": {"Name": "x"}}, {}, "should not specify IamInstanceProfile"),
        ({"InstanceMarketOptions": {"MarketType": "spot"}}, {}, "market type spot"),
        ({"NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": "subnet-1"}]}, {}, "should not specify SubnetId"),
        (
            {"SecurityGroupIds": ["sg-1"], "NetworkInterfaces": [{"DeviceIndex": 0, "Groups": ["sg-1"]}]},
            {},
            "both at instance and at network interface level",
        ),
        ({"EbsOptimized": True}, {"capacityType": "CAPACITY_BLOCK"}, "market type capacity-block"),
    ],
)
def test_refusals(
    sandbox: Sandbox, eks: Any, ec2: Any, made: Made, data: dict[str, Any], overrides: dict[str, Any], text: str
) -> None:
    template_id = template(ec2, **(data or {"EbsOptimized": True}))
    with refused("InvalidParameterException", text):
        eks.create_nodegroup(**made.request(launchTemplate={"id": template_id}, **overrides))


@pytest.mark.parametrize(
    ("specification", "text"),
    [
        ({}, "Either provide launch template ID or launch template name in the request"),
        ({"id": "lt-0", "name": "lt"}, "Either provide launch template ID or launch template name in the request"),
        ({"id": "lt-00000000000000000"}, "does not exist"),
        ({"name": "other"}, "does not exist"),
        ({"name": "lt", "version": "7"}, "Could not find the specified version 7"),
        ({"name": "lt", "version": "new"}, "Invalid launch template version"),
    ],
)
def test_missing_templates(eks: Any, ec2: Any, made: Made, specification: dict[str, str], text: str) -> None:
    template(ec2, EbsOptimized=True)
    with refused("InvalidParameterException", text):
        eks.create_nodegroup(**made.request(launchTemplate=specification))


def test_only_the_version_changes(sandbox: Sandbox, eks: Any, ec2: Any, made: Made) -> None:
    mine, other = template(ec2, EbsOptimized=True), template(ec2, "other", EbsOptimized=True)
    eks.create_nodegroup(**made.request(launchTemplate={"id": mine}))
    eks.create_nodegroup(**made.request(nodegroupName="plain"))
    sandbox.step()
    with refused("InvalidParameterException", "only its version can be changed"):
        eks.update_nodegroup_version(**NAMES, launchTemplate={"id": other})
    with refused("InvalidParameterException", "created without a launch template"):
        eks.update_nodegroup_version(clusterName="demo", nodegroupName="plain", launchTemplate={"id": mine})
    add_version(ec2, mine, ImageId="ami-0abc0000000000001")
    with refused("InvalidParameterException", "with and without an image id"):
        eks.update_nodegroup_version(**NAMES, launchTemplate={"id": mine, "version": "2"})
    add_version(ec2, mine, EbsOptimized=False)
    before = eks.describe_nodegroup(**NAMES)["nodegroup"]
    eks.update_nodegroup_version(**NAMES, launchTemplate={"name": "lt", "version": "$Latest"})
    sandbox.step()
    after = eks.describe_nodegroup(**NAMES)["nodegroup"]
    assert after["launchTemplate"]["version"] == "3"
    assert after["releaseVersion"] == before["releaseVersion"]
