"""Fault rules, the call log, and the rest of the control API."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from conftest import Made, Sandbox, refused, wait_for


@pytest.mark.parametrize(
    ("service", "method", "code", "status"),
    [
        ("eks", "list_clusters", "ThrottlingException", 429),
        ("ec2", "describe_vpcs", "RequestLimitExceeded", 503),
        ("iam", "list_roles", "Throttling", 400),
        ("sts", "get_caller_identity", "Throttling", 400),
    ],
)
def test_throttle_in_the_words_of_the_service(
    sandbox: Sandbox, service: str, method: str, code: str, status: int
) -> None:
    sandbox.fault(kind="throttle", count=1)
    with refused(code, "", status):
        getattr(sandbox.client(service), method)()
    getattr(sandbox.client(service), method)()


def test_server_errors(sandbox: Sandbox, eks: Any) -> None:
    sandbox.fault(kind="server_error", service="eks", operation="ListClusters", count=1)
    sandbox.fault(kind="server_error", service="eks", operation="ListClusters", count=1, status=503)
    with refused("ServerException", "", 500):
        eks.list_clusters()
    with refused("ServiceUnavailableException", "", 503):
        eks.list_clusters()
    eks.list_clusters()


def test_page_of_a_proxy(sandbox: Sandbox, eks: Any) -> None:
    sandbox.fault(kind="page", service="eks", operation="ListClusters", count=1)
    sandbox.fault(kind="page", service="eks", operation="ListClusters", count=1, status=403)
    for status in (404, 403):
        with pytest.raises(ClientError) as caught:
            eks.list_clusters()
        metadata = caught.value.response["ResponseMetadata"]
        assert metadata["HTTPStatusCode"] == status
        assert "x-amzn-requestid" not in metadata["HTTPHeaders"]
    eks.list_clusters()


def test_skip_count_and_own_errors(sandbox: Sandbox, eks: Any, made: Made) -> None:
    text = "Following required service principals [ec2.amazonaws.com] were not found"
    sandbox.fault(
        kind="error",
        operation="DescribeCluster",
        code="InvalidParameterException",
        message=text,
        status=400,
        skip=1,
        count=2,
    )
    outcomes = []
    for _ in range(5):
        try:
            eks.describe_cluster(name="demo")
            outcomes.append("ok")
        except eks.exceptions.InvalidParameterException as error:
            assert text in str(error)
            outcomes.append("error")
    assert outcomes == ["ok", "error", "error", "ok", "ok"]
    rule = sandbox.control("GET", "faults")["faults"][0]
    assert (rule["seen"], rule["hits"]) == (3, 2)


def test_probability_repeats_with_a_seed(sandbox: Sandbox, eks: Any) -> None:
    def outcomes() -> list[bool]:
        rule = {"kind": "throttle", "probability": 0.5}
        sandbox.control("DELETE", "faults")
        sandbox.control("POST", "faults", {"random_seed": 7, "faults": [rule]})
        result = []
        for _ in range(40):
            try:
                eks.list_clusters()
                result.append(True)
            except Exception:
                result.append(False)
        return result

    first = outcomes()
    assert 5 < first.count(False) < 35
    assert outcomes() == first


def test_dropped_response_did_the_work(sandbox: Sandbox, eks: Any, made: Made) -> None:
    sandbox.fault(kind="drop_response", operation="CreateNodegroup", count=1)
    with pytest.raises(ConnectionClosedError):
        eks.create_nodegroup(**made.request(clientRequestToken="t"))
    arn = eks.describe_nodegroup(clusterName="demo", nodegroupName="blue")["nodegroup"]["nodegroupArn"]
    again = eks.create_nodegroup(**made.request(clientRequestToken="t"))["nodegroup"]
    assert again["nodegroupArn"] == arn


def test_dropped_request_did_nothing(sandbox: Sandbox, eks: Any, made: Made) -> None:
    sandbox.fault(kind="drop_request", operation="CreateNodegroup", count=1)
    with pytest.raises(ConnectionClosedError):
        eks.create_nodegroup(**made.request())
    assert eks.list_nodegroups(clusterName="demo")["nodegroups"] == []


def test_dropped_response_of_a_service_of_moto(sandbox: Sandbox, made: Made) -> None:
    ec2 = sandbox.client("ec2")
    sandbox.fault(kind="drop_response", service="ec2", operation="CreateKeyPair", count=1)
    with pytest.raises(ConnectionClosedError):
        ec2.create_key_pair(KeyName="mine")
    assert len(ec2.describe_key_pairs(KeyNames=["mine"])["KeyPairs"]) == 1


def test_target_of_a_rule(sandbox: Sandbox, eks: Any, made: Made) -> None:
    sandbox.seed(nodegroups=2)
    sandbox.fault(kind="throttle", operation="DescribeNodegroup", target="workers-0001")
    eks.describe_nodegroup(clusterName="demo", nodegroupName="workers-0000")
    with refused("ThrottlingException"):
        eks.describe_nodegroup(clusterName="demo", nodegroupName="workers-0001")


def test_rules_and_counts_of_one_access_key(sandbox: Sandbox, eks: Any) -> None:
    mine, other = sandbox.client("ec2", "AKIAMINE"), sandbox.client("ec2", "AKIAOTHER")
    sandbox.fault(kind="throttle", access_key="AKIAMINE")
    other.describe_vpcs()
    with refused("RequestLimitExceeded"):
        mine.describe_vpcs()
    assert sandbox.control("GET", "calls/counts?access_key=AKIAMINE")["total"] == 1
    assert sandbox.control("GET", "calls/counts")["total"] == 2
    assert [each["number"] for each in sandbox.control("GET", "calls?access_key=AKIAMINE")["calls"]] == [2]


def test_members_of_an_error(sandbox: Sandbox, eks: Any) -> None:
    sandbox.fault(
        kind="error",
        code="UnsupportedAvailabilityZoneException",
        message="not here",
        members={"validZones": ["us-east-1a"], "clusterName": "demo"},
    )
    with refused("UnsupportedAvailabilityZoneException", "not here", 400) as refusal:
        eks.list_clusters()
    assert refusal.response["validZones"] == ["us-east-1a"]


def test_expired_credentials_fault(sandbox: Sandbox, eks: Any, made: Made) -> None:
    sandbox.fault(kind="expired_credentials", operation="DescribeCluster", skip=2)
    eks.describe_cluster(name="demo")
    eks.describe_cluster(name="demo")
    with refused("ExpiredTokenException", "", 403):
        eks.describe_cluster(name="demo")


def test_latency_is_recorded(sandbox: Sandbox, eks: Any) -> None:
    sandbox.fault(kind="latency", milliseconds=1, count=1)
    eks.list_clusters()
    assert sandbox.control("GET", "calls")["calls"][0]["fault"] == "latency"


def test_slow_transition(sandbox: Sandbox, eks: Any, made: Made) -> None:
    sandbox.pace(nodegroup_create=0)
    sandbox.fault(kind="slow_transition", transition="nodegroup_create", target="demo/blue", manual=True)
    for name in ("blue", "green"):
        eks.create_nodegroup(**made.request(nodegroupName=name))
    status = {
        name: eks.describe_nodegroup(clusterName="demo", nodegroupName=name)["nodegroup"]["status"]
        for name in ("blue", "green")
    }
    assert status == {"blue": "CREATING", "green": "ACTIVE"}
    assert sandbox.control("GET", "transitions")["unfinished"] == [{"kind": "nodegroup_create", "target": "demo/blue"}]


def test_transitions_end_by_time(sandbox: Sandbox, eks: Any, made: Made) -> None:
    sandbox.pace(nodegroup_create={"seconds": 0.05}, nodegroup_delete=0.05)
    eks.create_nodegroup(**made.request())
    names = {"clusterName": "demo", "nodegroupName": "blue"}
    wait_for(lambda: eks.describe_nodegroup(**names)["nodegroup"]["status"] == "ACTIVE")
    eks.delete_nodegroup(**names)
    wait_for(lambda: eks.list_nodegroups(clusterName="demo")["nodegroups"] == [])


def test_bad_control_calls(sandbox: Sandbox) -> None:
    for path, body in (
        ("faults", {"kind": "nonsense"}),
        ("faults", {"kind": "throttle", "what": 1}),
        ("faults", {"kind": "error"}),
        ("transitions", {"nodegroup_create": "soon"}),
        ("transitions", {"other": 1}),
        ("settings", {"other": 1}),
        ("seed", {"other": 1}),
        ("drift", {"action": "none"}),
    ):
        assert "error" in sandbox.control("POST", path, body, expect=400), path
    assert "known" in sandbox.control("GET", "nothing", expect=404)


def test_remove_faults(sandbox: Sandbox, eks: Any) -> None:
    first, _ = sandbox.control("POST", "faults", [{"kind": "throttle"}, {"kind": "server_error"}])["ids"]
    sandbox.control("DELETE", f"faults?id={first}")
    with refused("ServerException"):
        eks.list_clusters()
    sandbox.control("DELETE", "faults")
    eks.list_clusters()


def test_reset_forgets_everything(sandbox: Sandbox, eks: Any) -> None:
    fresh = {path: sandbox.control("GET", path) for path in ("faults", "settings", "resources")}
    sandbox.seed(nodegroups=1)
    sandbox.fault(kind="throttle")
    sandbox.control("POST", "credentials", {"expire": "all"})
    sandbox.control("POST", "settings", {"strict_patches": True})
    newer = {"version": "1.33", "ami_type": "AL2023_x86_64_STANDARD", "release": "1.33.6-20260101"}
    sandbox.control("POST", "releases", newer)
    sandbox.control("POST", "reset", {})
    assert {path: sandbox.control("GET", path) for path in fresh} == fresh
    assert sandbox.control("GET", "calls/counts")["total"] == 0
    assert sandbox.control("GET", "transitions")["paces"]["nodegroup_create"] == {"seconds": 1.0}
    assert eks.list_clusters()["clusters"] == []
    assert sandbox.control("POST", "releases", newer)["releases"][-1] == "1.33.6-20260101"


def test_calls_are_counted_and_logged(sandbox: Sandbox, eks: Any, made: Made) -> None:
    sandbox.control("DELETE", "calls")
    listed = eks.list_clusters()
    with refused("ResourceNotFoundException") as refusal:
        eks.describe_cluster(name="none")
    identity = sandbox.client("sts").get_caller_identity()
    counts = sandbox.control("GET", "calls/counts")
    assert counts == {
        "total": 3,
        "operations": {"eks:DescribeCluster": 1, "eks:ListClusters": 1, "sts:GetCallerIdentity": 1},
    }
    calls = sandbox.control("GET", "calls")["calls"]
    assert [(each["number"], each["operation"], each["status"], each["error"]) for each in calls] == [
        (1, "ListClusters", 200, ""),
        (2, "DescribeCluster", 404, "ResourceNotFoundException"),
        (3, "GetCallerIdentity", 200, ""),
    ]
    ids = [each["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"] for each in (listed, refusal.response, identity)]
    assert [each["request_id"] for each in calls] == ids
    assert calls[1]["target"] == "/clusters/none"
    assert len(sandbox.control("GET", "calls?operation=ListClusters")["calls"]) == 1
    assert len(sandbox.control("GET", "calls?after=2")["calls"]) == 1


@pytest.mark.parametrize(
    ("action", "value", "member", "expected"),
    [
        ("set_desired_size", 3, "scalingConfig", {"minSize": 1, "maxSize": 3, "desiredSize": 3}),
        ("set_scaling", {"maxSize": 9}, "scalingConfig", {"minSize": 1, "maxSize": 9, "desiredSize": 2}),
        ("set_labels", {"x": "y"}, "labels", {"x": "y"}),
        ("set_tags", {"x": "y"}, "tags", {"x": "y"}),
        ("set_release", "1.33.3-20250807", "releaseVersion", "1.33.3-20250807"),
        ("set_status", "DEGRADED", "status", "DEGRADED"),
        ("delete_asg", None, "status", "DEGRADED"),
    ],
)
def test_drift(sandbox: Sandbox, eks: Any, action: str, value: Any, member: str, expected: Any) -> None:
    sandbox.seed(nodegroups=1)
    sandbox.control("POST", "drift", {"cluster": "demo", "nodegroup": "workers-0000", "action": action, "value": value})
    group = eks.describe_nodegroup(clusterName="demo", nodegroupName="workers-0000")["nodegroup"]
    assert group[member] == expected


def test_drift_of_auto_scaling_group_tags(sandbox: Sandbox) -> None:
    sandbox.seed(nodegroups=1)
    change = {"cluster": "demo", "nodegroup": "workers-0000"}
    sandbox.control("POST", "drift", {**change, "action": "set_asg_tags", "value": {"x": "y"}})
    sandbox.control("POST", "drift", {**change, "action": "remove_asg_tags", "value": ["eks:cluster-name"]})
    tags = {each["Key"] for each in sandbox.client("autoscaling").describe_tags()["Tags"]}
    assert "x" in tags and "eks:cluster-name" not in tags
