"""Cluster insights, which a test sets. By default, a cluster has no insights."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from .clusters import SandboxCluster, find_cluster
from .errors import eks_error, service_model
from .operations import operation, page_by
from .validation import refuse, validate
from .world import Context

# The members of an insight that ListInsights returns.
SUMMARY = (
    "id",
    "name",
    "category",
    "kubernetesVersion",
    "lastRefreshTime",
    "lastTransitionTime",
    "description",
    "insightStatus",
)


def set_insights(context: Context, body: dict[str, Any]) -> dict[str, Any]:
    """Replace the insights of a cluster: {"cluster", "insights": [members of Insight]}. Return them with their IDs."""
    cluster, now = find_cluster(context, body["cluster"]), datetime.now(UTC).timestamp()
    model = service_model("eks")
    assert model is not None, "botocore always has a model of EKS"
    found = []
    for each in body["insights"]:
        insight = {
            "id": str(uuid.uuid4()),
            "category": "UPGRADE_READINESS",
            "lastRefreshTime": now,
            "lastTransitionTime": now,
            **each,
        }
        refuse(validate(model.shape_for("Insight"), insight), "BadRequest")
        found.append(insight)
    cluster.insights = found
    return {"insights": found}


@operation("ListInsights")
def list_insights(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the insights of the cluster that match the filter."""
    cluster, wanted = find_cluster(context, parameters["clusterName"]), parameters.get("filter", {})

    def is_wanted(insight: dict[str, Any]) -> bool:
        found = {
            "categories": insight["category"],
            "kubernetesVersions": insight.get("kubernetesVersion"),
            "statuses": insight.get("insightStatus", {}).get("status"),
        }
        return all(not wanted.get(name) or value in wanted[name] for name, value in found.items())

    summaries = [{name: each[name] for name in SUMMARY if name in each} for each in cluster.insights if is_wanted(each)]
    return page_by(sorted(summaries, key=_id), parameters, "insights", _id)


@operation("DescribeInsight")
def describe_insight(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return an insight with its details."""
    cluster: SandboxCluster = find_cluster(context, parameters["clusterName"])
    for each in cluster.insights:
        if each["id"] == parameters["id"]:
            return {"insight": each}
    raise eks_error("ResourceNotFoundException", f"No insight found for id: {parameters['id']}")


def _id(insight: dict[str, Any]) -> str:
    return str(insight["id"])
