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


def test_invalid_insights_are_rejected(sandbox: Sandbox, made: Made) -> None:
    for wrong in ({"status": "ERROR"}, {"insightStatus": {"status": "RED"}}):
        body = {"cluster": "demo", "insights": [wrong]}
        error = sandbox.control("POST", "insights", body, expect=400)
        assert next(iter(wrong)) in error["error"]
