"""Tags, pagination, SSM parameters, STS, and credentials."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from conftest import REGION, Made, Sandbox, refused


def test_tags_of_every_kind(sandbox: Sandbox, eks: Any, made: Made) -> None:
    sandbox.seed(nodegroups=1, fargate_profiles=["fp"])
    role = made.ids["node_role_arn"]
    arns = [
        made.ids["cluster_arn"],
        eks.describe_nodegroup(clusterName="demo", nodegroupName="workers-0000")["nodegroup"]["nodegroupArn"],
        eks.describe_fargate_profile(clusterName="demo", fargateProfileName="fp")["fargateProfile"][
            "fargateProfileArn"
        ],
        eks.describe_access_entry(clusterName="demo", principalArn=role)["accessEntry"]["accessEntryArn"],
    ]
    for arn in arns:
        eks.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
        eks.tag_resource(resourceArn=arn, tags={"a": "9"})
        eks.untag_resource(resourceArn=arn, tagKeys=["b", "absent"])
        assert eks.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "9"}
    group = eks.describe_nodegroup(clusterName="demo", nodegroupName="workers-0000")["nodegroup"]
    assert group["tags"] == {"a": "9"}


def test_tag_refusals(eks: Any, made: Made) -> None:
    with refused("NotFoundException", "", 404):
        eks.list_tags_for_resource(resourceArn="arn:aws:eks:us-east-1:123456789012:cluster/none")
    with refused("BadRequestException", "", 400):
        eks.tag_resource(resourceArn=made.ids["cluster_arn"], tags={"aws:x": "1"})
    with refused("InvalidParameterException", "less than or equal to 256"):
        eks.tag_resource(resourceArn=made.ids["cluster_arn"], tags={"a": "x" * 257})


def test_pagination(sandbox: Sandbox, eks: Any) -> None:
    names = sandbox.seed(nodegroups=250)["nodegroups"]
    pages = list(eks.get_paginator("list_nodegroups").paginate(clusterName="demo"))
    assert [len(page["nodegroups"]) for page in pages] == [100, 100, 50]
    assert [name for page in pages for name in page["nodegroups"]] == names
    first = eks.list_nodegroups(clusterName="demo", maxResults=3)
    sandbox.control("POST", "drift", {"cluster": "demo", "nodegroup": names[2], "action": "delete"})
    second = eks.list_nodegroups(clusterName="demo", maxResults=3, nextToken=first["nextToken"])
    assert second["nodegroups"] == names[3:6]
    with refused("InvalidParameterException", "Invalid next token"):
        eks.list_nodegroups(clusterName="demo", nextToken="made up")
    with refused("InvalidParameterException", "less than or equal to 100"):
        eks.list_nodegroups(clusterName="demo", maxResults=101)


EKS = "/aws/service/eks/optimized-ami/1.33"
WINDOWS = "/aws/service/ami-windows-latest/Windows_Server-2022-English-Core-EKS_Optimized-1.33"


@pytest.mark.parametrize(
    ("path", "release"),
    [
        (f"{EKS}/amazon-linux-2023/x86_64/standard/recommended/release_version", "1.33.5-20251016"),
        (f"{EKS}/amazon-linux-2023/arm64/standard/recommended/release_version", "1.33.5-20251016"),
        (f"{EKS}/amazon-linux-2023/x86_64/nvidia/recommended/release_version", "1.33.5-20251016"),
        (f"{EKS}/amazon-linux-2023/arm64/nvidia/recommended/release_version", "1.33.5-20251016"),
        (f"{EKS}/amazon-linux-2023/x86_64/neuron/recommended/release_version", "1.33.5-20251016"),
        (
            "/aws/service/eks/optimized-ami/1.32/amazon-linux-2/recommended/release_version",
            "1.32.9-20251016",
        ),
        (
            "/aws/service/eks/optimized-ami/1.32/amazon-linux-2-gpu/recommended/release_version",
            "1.32.9-20251016",
        ),
        ("/aws/service/bottlerocket/aws-k8s-1.33/x86_64/latest/image_version", "1.49.0-713f44ce"),
        ("/aws/service/bottlerocket/aws-k8s-1.33-nvidia/arm64/latest/image_version", "1.49.0-713f44ce"),
        ("/aws/service/bottlerocket/aws-k8s-1.33-nvidia-fips/x86_64/latest/image_version", "1.49.0-713f44ce"),
        ("/aws/service/bottlerocket/aws-k8s-1.33/x86_64/1.47.0/image_version", "1.47.0-8b2fd5a6"),
    ],
)
def test_recommended_releases(sandbox: Sandbox, path: str, release: str) -> None:
    assert sandbox.client("ssm").get_parameter(Name=path)["Parameter"]["Value"] == release


def test_parent_parameters_are_json(sandbox: Sandbox) -> None:
    ssm = sandbox.client("ssm")
    parent = f"{EKS}/amazon-linux-2023/x86_64/standard/recommended"
    document = json.loads(ssm.get_parameter(Name=parent)["Parameter"]["Value"])
    image = ssm.get_parameter(Name=f"{parent}/image_id")["Parameter"]["Value"]
    assert (document["release_version"], document["image_id"]) == ("1.33.5-20251016", image)
    windows = json.loads(ssm.get_parameter(Name=WINDOWS)["Parameter"]["Value"])
    assert windows["release_version"] == "1.33-2025.10.16"
    assert ssm.get_parameter(Name=f"{WINDOWS}/image_id")["Parameter"]["Value"] == windows["image_id"]
    found = ssm.get_parameters(Names=[f"{parent}/image_id", "/aws/service/eks/none"])
    assert (len(found["Parameters"]), found["InvalidParameters"]) == (1, ["/aws/service/eks/none"])
    with refused("ParameterNotFound", "", 400):
        ssm.get_parameter(Name=f"{WINDOWS}/release_version")
    with refused("ParameterNotFound"):
        ssm.get_parameter(Name=f"{EKS}/amazon-linux-2/recommended/image_id")
    by_path = ssm.get_parameters_by_path(Path=parent)["Parameters"]
    assert [each["Name"].rpartition("/")[2] for each in by_path] == ["image_id", "image_name", "release_version"]


def test_a_newer_release_is_published(sandbox: Sandbox, eks: Any, made: Made) -> None:
    newer = {"version": "1.33", "ami_type": "AL2023_x86_64_STANDARD", "release": "1.33.6-20260101"}
    eks.create_nodegroup(**made.request())
    sandbox.step()
    sandbox.control("POST", "releases", newer)
    parent = f"{EKS}/amazon-linux-2023/x86_64/standard/recommended"
    value = sandbox.client("ssm").get_parameter(Name=f"{parent}/release_version")["Parameter"]["Value"]
    assert value == "1.33.6-20260101"
    eks.update_nodegroup_version(clusterName="demo", nodegroupName="blue", releaseVersion=value)
    sandbox.control("POST", "releases", newer, expect=400)


def test_sts(sandbox: Sandbox, made: Made) -> None:
    sts = sandbox.client("sts")
    assert sts.get_caller_identity()["Account"] == "123456789012"
    role = made.ids["node_role_arn"]
    session = sts.assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    assumed = boto3.client(
        "sts",
        region_name=REGION,
        endpoint_url=sandbox.url,
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    assert assumed.get_caller_identity()["Arn"] == "arn:aws:sts::123456789012:assumed-role/demo-node/session"
    token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."
    unsigned = boto3.client(
        "sts", region_name=REGION, endpoint_url=sandbox.url, config=Config(signature_version=UNSIGNED)
    )
    web = unsigned.assume_role_with_web_identity(RoleArn=role, RoleSessionName="web", WebIdentityToken=token)
    assert web["AssumedRoleUser"]["Arn"].endswith("assumed-role/demo-node/web")


def test_assumed_account_is_kept(sandbox: Sandbox) -> None:
    sandbox.seed(account="210987654321")
    session = sandbox.client("sts").assume_role(
        RoleArn="arn:aws:iam::210987654321:role/demo-node", RoleSessionName="session"
    )["Credentials"]
    eks = sandbox.client("eks", session["AccessKeyId"])
    assert eks.list_clusters()["clusters"] == ["demo"]
    assert sandbox.client("eks").list_clusters()["clusters"] == []


CREDENTIAL_ERRORS = [
    ("sts", "get_caller_identity", {}, "ExpiredToken", "InvalidClientTokenId"),
    ("iam", "list_roles", {}, "ExpiredToken", "InvalidClientTokenId"),
    ("eks", "list_clusters", {}, "ExpiredTokenException", "UnrecognizedClientException"),
    ("ssm", "get_parameter", {"Name": "/a/b"}, "ExpiredTokenException", "UnrecognizedClientException"),
    ("ec2", "describe_vpcs", {}, "RequestExpired", "AuthFailure"),
    ("autoscaling", "describe_auto_scaling_groups", {}, "ExpiredToken", "InvalidClientTokenId"),
]


@pytest.mark.parametrize(("service", "method", "arguments", "expired", "invalid"), CREDENTIAL_ERRORS)
def test_magic_keys(
    sandbox: Sandbox, service: str, method: str, arguments: dict[str, Any], expired: str, invalid: str
) -> None:
    with refused(expired):
        getattr(sandbox.client(service, "ASIASANDBOXEXPIRED00"), method)(**arguments)
    with refused(invalid):
        getattr(sandbox.client(service, "AKIASANDBOXINVALID00"), method)(**arguments)


def test_access_key_is_required(sandbox: Sandbox) -> None:
    eks = boto3.client("eks", region_name=REGION, endpoint_url=sandbox.url, config=Config(signature_version=UNSIGNED))
    with refused("MissingAuthenticationTokenException", "Missing Authentication Token", 403):
        eks.list_clusters()


def test_credentials_expire_in_the_middle(sandbox: Sandbox, eks: Any) -> None:
    eks.list_clusters()
    sandbox.control("POST", "credentials", {"expire": ["AKIASANDBOXTESTS0000"]})
    with refused("ExpiredTokenException", "expired", 403):
        eks.list_clusters()
    sandbox.client("eks", "AKIASANDBOXTESTS0001").list_clusters()
    sandbox.control("POST", "credentials", {"expire": "all"})
    with refused("ExpiredTokenException"):
        sandbox.client("eks", "AKIASANDBOXTESTS0001").list_clusters()
    sandbox.control("POST", "credentials", {"restore": True})
    eks.list_clusters()
