"""Cluster insights."""

from __future__ import annotations

from typing import Any

from conftest import Made, Sandbox, refused

UPGRADE = {
    "name": "Deprecated APIs removed in Kubernetes v1.34",
    "kubernetesVersion": "1.34",
    "insightStatus": {"status": "ERROR", "reason": "Deprecated API usage detected within last 30 days"},
    "recommendation": "Update the manifests",
    "categorySpecificSummary": {
        "deprecationDetails": [
            {"usage": "/apis/a/v1beta1", "stopServingVersion": "1.34", "clientStats": [{"userAgent": "app"}]}
        ]
    },
}
ROLLBACK = {"name": "Kubelet version skew", "category": "ROLLBACK_READINESS", "insightStatus": {"status": "PASSING"}}


def test_a_cluster_has_no_insights_by_default(eks: Any, made: Made) -> None:
    assert eks.list_insights(clusterName="demo")["insights"] == []
    with refused("ResourceNotFoundException", "missing"):
        eks.describe_insight(clusterName="demo", id="missing")
    with refused("ResourceNotFoundException", "none"):
        eks.list_insights(clusterName="none")


def test_insights_are_filtered_and_paged(sandbox: Sandbox, eks: Any, made: Made) -> None:
    set_ = sandbox.control("POST", "insights", {"cluster": "demo", "insights": [UPGRADE, ROLLBACK]})["insights"]
    pages = eks.get_paginator("list_insights").paginate(clusterName="demo", PaginationConfig={"PageSize": 1})
    found = {each["name"]: each for page in pages for each in page["insights"]}
    assert set(found) == {UPGRADE["name"], ROLLBACK["name"]}
    summary = found[UPGRADE["name"]]
    assert (summary["category"], summary["insightStatus"]["status"]) == ("UPGRADE_READINESS", "ERROR")
    assert summary["lastRefreshTime"] and "recommendation" not in summary
    for wanted, name in (
        ({"categories": ["ROLLBACK_READINESS"]}, ROLLBACK["name"]),
        ({"kubernetesVersions": ["1.34"]}, UPGRADE["name"]),
        ({"statuses": ["ERROR", "WARNING"]}, UPGRADE["name"]),
    ):
        listed = eks.list_insights(clusterName="demo", filter=wanted)["insights"]
        assert [each["name"] for each in listed] == [name]
    described = eks.describe_insight(clusterName="demo", id=set_[0]["id"])["insight"]
    assert described["recommendation"] == "Update the manifests"
    details = described["categorySpecificSummary"]["deprecationDetails"]
    assert details[0]["clientStats"] == [{"userAgent": "app"}]


WHOLE = {
    "name": "EKS add-on version compatibility",
    "category": "UPGRADE_READINESS",
    "kubernetesVersion": "1.34",
    "lastRefreshTime": 1_790_000_000,
    "lastTransitionTime": 1_780_000_000,
    "description": "Checks the versions of installed add-ons",
    "insightStatus": {"status": "WARNING", "reason": "Some add-ons must be updated first"},
    "recommendation": "Update the add-ons",
    "additionalInfo": {"EKS update documentation": "https://docs.aws.amazon.com/eks/latest/userguide/"},
    "resources": [
        {
            "insightStatus": {"status": "ERROR", "reason": "The version is not supported"},
            "arn": "arn:aws:eks:us-east-1:123456789012:addon/demo/vpc-cni/1",
        },
        {"insightStatus": {"status": "WARNING"}, "kubernetesResourceUri": "/api/v1/nodes/ip-10-0-1-7.ec2.internal"},
    ],
    "categorySpecificSummary": {
        "addonCompatibilityDetails": [{"name": "vpc-cni", "compatibleVersions": ["v1.20.1-eksbuild.1"]}],
        "deprecationDetails": [
            {
                "usage": "/apis/flowcontrol.apiserver.k8s.io/v1beta3/flowschemas",
                "replacedWith": "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas",
                "stopServingVersion": "1.34",
                "startServingReplacementVersion": "1.29",
                "clientStats": [
                    {"userAgent": "app", "numberOfRequestsLast30Days": 7, "lastRequestTime": 1_789_000_000}
                ],
            }
        ],
    },
}


def test_all_members_of_an_insight_are_returned(sandbox: Sandbox, eks: Any, made: Made) -> None:
    [made_] = sandbox.control("POST", "insights", {"cluster": "demo", "insights": [WHOLE]})["insights"]
    found = eks.describe_insight(clusterName="demo", id=made_["id"])["insight"]
    assert set(found) == {*WHOLE, "id"}
    assert found["lastRefreshTime"].timestamp() == WHOLE["lastRefreshTime"]
    for name in ("insightStatus", "recommendation", "additionalInfo", "resources", "description"):
        assert found[name] == WHOLE[name]
    summary = found["categorySpecificSummary"]
    assert summary["addonCompatibilityDetails"] == WHOLE["categorySpecificSummary"]["addonCompatibilityDetails"]
    [statistics] = summary["deprecationDetails"][0]["clientStats"]
    assert (statistics["numberOfRequestsLast30Days"], statistics["lastRequestTime"].timestamp()) == (7, 1_789_000_000)
    [listed] = eks.list_insights(clusterName="demo")["insights"]
    assert listed["insightStatus"] == WHOLE["insightStatus"]
    assert not {"recommendation", "additionalInfo", "resources", "categorySpecificSummary"} & set(listed)


def test_every_category_and_status_can_be_filtered(sandbox: Sandbox, eks: Any, made: Made) -> None:
    categories = ("UPGRADE_READINESS", "MISCONFIGURATION", "ROLLBACK_READINESS")
    statuses = ("PASSING", "WARNING", "ERROR", "UNKNOWN")
    insights = [
        {"name": f"{category} {status}", "category": category, "insightStatus": {"status": status}}
        for category in categories
        for status in statuses
    ]
    sandbox.control("POST", "insights", {"cluster": "demo", "insights": insights})

    def found(**wanted: Any) -> set[str]:
        pages = eks.get_paginator("list_insights").paginate(
            clusterName="demo", filter=wanted, PaginationConfig={"PageSize": 5}
        )
        return {each["name"] for page in pages for each in page["insights"]}

    assert len(found()) == 12
    for category in categories:
        assert found(categories=[category]) == {f"{category} {status}" for status in statuses}
    for status in statuses:
        assert found(statuses=[status]) == {f"{category} {status}" for category in categories}
    assert found(categories=["MISCONFIGURATION"], statuses=["ERROR", "UNKNOWN"]) == {
        "MISCONFIGURATION ERROR",
        "MISCONFIGURATION UNKNOWN",
    }
    assert found(kubernetesVersions=["1.34"]) == set()


def test_invalid_list_requests_are_rejected(eks: Any, made: Made) -> None:
    for wrong in (
        {"filter": {"categories": ["UPGRADE"]}},
        {"filter": {"statuses": ["RED"]}},
        {"maxResults": 0},
        {"maxResults": 101},
        {"nextToken": "made-up"},
    ):
        with refused("InvalidParameterException"):
            eks.list_insights(clusterName="demo", **wrong)


def test_invalid_insights_are_rejected(sandbox: Sandbox, made: Made) -> None:
    for wrong in ({"status": "ERROR"}, {"insightStatus": {"status": "RED"}}):
        body = {"cluster": "demo", "insights": [wrong]}
        error = sandbox.control("POST", "insights", body, expect=400)
        assert next(iter(wrong)) in error["error"]
