"""Update objects: the results of UpdateNodegroup*, UpdateCluster*, and DescribeUpdate."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .clusters import SandboxCluster, find_cluster
from .errors import eks_error
from .faults import FaultRule
from .nodegroup import SandboxNodegroup, find_nodegroup
from .operations import operation, page_by
from .transitions import Transition
from .world import Context


@dataclass(slots=True)
class Update:
    """An asynchronous change. Its status indicates success, not the status of its object."""

    type: str
    params: list[dict[str, str]]
    request_token: str
    fingerprint: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "InProgress"
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    errors: list[dict[str, Any]] = field(default_factory=list)
    transition: Transition | None = None
    # The processes of the Auto Scaling group that were suspended at the start and at the end.
    suspended_at_start: list[str] = field(default_factory=list)
    suspended_at_end: list[str] | None = None

    def describe(self) -> dict[str, Any]:
        """Return the Update shape of the API."""
        return {
            "id": self.id,
            "status": self.status,
            "type": self.type,
            "params": self.params,
            "createdAt": self.created_at,
            "errors": self.errors,
        }

    def record(self) -> dict[str, Any]:
        """Return what a test verifies about the update."""
        return {
            "id": self.id,
            "status": self.status,
            "type": self.type,
            "suspended_at_start": self.suspended_at_start,
            "suspended_at_end": self.suspended_at_end,
        }

    def fail(self, rule: FaultRule) -> None:
        """End as Failed with the errors of the fault rule."""
        self.status = "Failed"
        self.errors = [
            {
                "errorCode": error.get("errorCode", "Unknown"),
                "errorMessage": error.get("errorMessage", "The update failed"),
                "resourceIds": error.get("resourceIds", []),
            }
            for error in rule.errors or [{}]
        ]


def param(type_: str, value: Any) -> dict[str, str]:
    """Return an update parameter. Values that are not scalars are written as JSON."""
    text = value if isinstance(value, str) else json.dumps(value)
    return {"type": type_, "value": text}


def fingerprint(parameters: dict[str, Any]) -> str:
    """Return a key that distinguishes requests with the same idempotency token."""
    given = {name: value for name, value in parameters.items() if name != "clientRequestToken"}
    # The order of members has no meaning, even in maps.
    return json.dumps(given, sort_keys=True)


def same_request(updates: dict[str, Update], parameters: dict[str, Any]) -> Update | None:
    """Return the update of an earlier request with this token, so that a request can be repeated."""
    token = parameters.get("clientRequestToken")
    if not token:
        return None
    for update in updates.values():
        if update.request_token == token:
            if update.fingerprint != fingerprint(parameters):
                raise eks_error(
                    "InvalidParameterException",
                    "The clientRequestToken was already used with different parameters",
                )
            return update
    return None


def update_records(context: Context, query: dict[str, str]) -> dict[str, Any]:
    """Return the records of all updates of a node group or a cluster, in order."""
    names = {"name": query["cluster"]}
    if "nodegroup" in query:
        names["nodegroupName"] = query["nodegroup"]
    return {"updates": [each.record() for each in _updates(context, names)[1].values()]}


@operation("DescribeUpdate")
def describe_update(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return an update of a node group (which requires its name) or of the cluster."""
    cluster, updates = _updates(context, parameters)
    update = updates.get(parameters["updateId"])
    if update is None:
        raise eks_error(
            "ResourceNotFoundException",
            f"No update found for id: {parameters['updateId']}",
            clusterName=cluster.name,
            nodegroupName=parameters.get("nodegroupName"),
        )
    if update.transition is not None:
        update.transition.described()
    return {"update": update.describe()}


@operation("ListUpdates")
def list_updates(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the IDs of all updates of the node group or the cluster."""
    _, updates = _updates(context, parameters)
    return page_by(sorted(updates), parameters, "updateIds", lambda name: name)


def _updates(context: Context, parameters: dict[str, Any]) -> tuple[SandboxCluster, dict[str, Update]]:
    cluster = find_cluster(context, parameters["name"])
    if "addonName" in parameters or "capabilityName" in parameters:
        return cluster, {}
    if "nodegroupName" in parameters:
        nodegroup: SandboxNodegroup = find_nodegroup(context, cluster.name, parameters["nodegroupName"])
        return cluster, nodegroup.updates
    return cluster, cluster.updates
