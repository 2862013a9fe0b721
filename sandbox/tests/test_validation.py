"""Requests are validated with the botocore model, as the front end of AWS does."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from conftest import Made, Sandbox, refused


def send(sandbox: Sandbox, method: str, path: str, body: Any, service: str = "eks", **headers: str) -> tuple[int, Any]:
    """Send a raw request that SDKs would not send."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    scope = f"AKIASANDBOXTESTS0000/20260101/us-east-1/{service}/aws4_request"
    all_headers = {"authorization": f"AWS4-HMAC-SHA256 Credential={scope}, Signature=0", **headers}
    request = urllib.request.Request(sandbox.url + path, data=data, method=method, headers=all_headers)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, f"{error.headers.get('x-amzn-errortype', '')} {error.read().decode()}"


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        ({"nonsense": 1}, "InvalidParameterException", "Unknown member 'nonsense'"),
        ({"scalingConfig": {"minSize": 1, "size": 2}}, "InvalidParameterException", "'scalingConfig.size'"),
        ({"nodegroupName": None}, "InvalidParameterException", "Member must not be null"),
        ({"subnets": "subnet-1"}, "SerializationException", "subnets: expected list, found string"),
        ({"diskSize": "20"}, "SerializationException", "diskSize: expected integer, found string"),
        ({"diskSize": True}, "SerializationException", "diskSize: expected integer, found boolean"),
        ({"labels": {"a": 1}}, "SerializationException", "labels.a.member: expected string, found int"),
        ({"amiType": "AL9"}, "InvalidParameterException", "Member must satisfy enum value set"),
        (
            {"scalingConfig": {"minSize": -1, "maxSize": 0, "desiredSize": 0}},
            "InvalidParameterException",
            "2 validation errors detected",
        ),
        ({"updateConfig": {"maxUnavailablePercentage": 101}}, "InvalidParameterException", "less than or equal to 100"),
        ({"labels": {"a": "x" * 64}}, "InvalidParameterException", "length less than or equal to 63"),
        ({"taints": [{"key": "", "effect": "NO_EXECUTE"}]}, "InvalidParameterException", "'taints.1.member.key'"),
        ({"tags": {}}, "InvalidParameterException", "length greater than or equal to 1"),
    ],
)
def test_malformed_nodegroup(sandbox: Sandbox, made: Made, change: dict[str, Any], code: str, text: str) -> None:
    body = made.request(**change)
    body.pop("clusterName")
    status, answer = send(sandbox, "POST", "/clusters/demo/node-groups", body)
    assert status == 400
    assert code in answer and text in answer


def test_body_must_be_a_json_object(sandbox: Sandbox) -> None:
    for body in (b"{", b"[]"):
        status, answer = send(sandbox, "POST", "/clusters/demo/node-groups", body)
        assert status == 400 and "SerializationException" in answer


def test_unknown_paths_and_queries(sandbox: Sandbox) -> None:
    assert send(sandbox, "POST", "/clusters/demo/nothing", {})[0] == 404
    status, answer = send(sandbox, "GET", "/clusters?size=3", b"")
    assert status == 400 and "Unknown query parameter 'size'" in answer
    status, answer = send(sandbox, "GET", "/clusters?maxResults=many", b"")
    assert status == 400 and "SerializationException" in answer


def test_json_service(sandbox: Sandbox) -> None:
    ssm = sandbox.client("ssm")
    with refused("ValidationException", "Member must not be null"):
        ssm.get_parameter()
    with refused("ValidationException", "Unknown member 'Nam'"):
        send_ssm(sandbox, {"Name": "/a", "Nam": 1})
    with refused("SerializationException", "expected string"):
        send_ssm(sandbox, {"Name": 5})


def send_ssm(sandbox: Sandbox, body: dict[str, Any]) -> None:
    """Send a raw SSM request, and raise its error as boto3 does."""
    from botocore.exceptions import ClientError

    target = {"x-amz-target": "AmazonSSM.GetParameter", "content-type": "application/x-amz-json-1.1"}
    status, answer = send(sandbox, "POST", "/", body, "ssm", **target)
    document = json.loads(answer.strip())
    error = {"Code": document["__type"], "Message": document["message"]}
    raise ClientError({"Error": error, "ResponseMetadata": {"HTTPStatusCode": status}}, "GetParameter")


def test_query_services(sandbox: Sandbox) -> None:
    with refused("ValidationError", "Member must not be null"):
        sandbox.client("sts").assume_role(RoleSessionName="s")
    with refused("ValidationError", "Unknown parameter 'Groups'"):
        raise_query(sandbox, "autoscaling", "Action=DescribeAutoScalingGroups&Version=2011-01-01&Groups.member.1=a")
    with refused("InvalidParameterValue", "Unknown parameter 'Vpc'"):
        raise_query(sandbox, "ec2", "Action=DescribeVpcs&Version=2016-11-15&Vpc.1=a")
    with refused("InvalidAction"):
        raise_query(sandbox, "iam", "Action=Nothing&Version=2010-05-08")


def raise_query(sandbox: Sandbox, service: str, form: str) -> None:
    import re

    from botocore.exceptions import ClientError

    kind = {"content-type": "application/x-www-form-urlencoded"}
    _, answer = send(sandbox, "POST", "/", form.encode(), service, **kind)
    found = re.search(r"<Code>(.*?)</Code>\s*<Message>(.*?)</Message>", answer)
    assert found, answer
    raise ClientError({"Error": {"Code": found[1], "Message": found[2]}}, "Raw")
