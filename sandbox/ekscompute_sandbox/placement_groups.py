"""EC2 placement groups, which moto does not implement. They have the same lifetime as the moto backend."""

from __future__ import annotations

import uuid
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses import EC2Response

STRATEGIES = ("cluster", "partition", "spread")


def install() -> None:
    """Add the operations to the responses of moto."""
    EC2Response.create_placement_group = _create
    EC2Response.describe_placement_groups = _describe
    EC2Response.delete_placement_group = _delete


def _known(self: EC2Response) -> dict[str, dict[str, Any]]:
    """Return the placement groups of an account and Region, by name."""
    return self.ec2_backend.__dict__.setdefault("sandbox_placement_groups", {})


def _unknown(name: str) -> EC2ClientError:
    return EC2ClientError("InvalidPlacementGroup.Unknown", f"The Placement Group '{name}' is unknown.")


def _create(self: EC2Response) -> ActionResult:
    name, strategy = self._get_param("GroupName"), self._get_param("Strategy") or "cluster"
    if strategy not in STRATEGIES:
        raise EC2ClientError("InvalidParameterValue", f"Value ({strategy}) for parameter strategy is invalid.")
    if name in _known(self):
        raise EC2ClientError("InvalidPlacementGroup.Duplicate", f"The Placement Group '{name}' already exists.")
    group_id = f"pg-{uuid.uuid4().hex[:17]}"
    group: dict[str, Any] = {"GroupName": name, "GroupId": group_id, "Strategy": strategy, "State": "available"}
    if strategy == "partition":
        group["PartitionCount"] = self._get_int_param("PartitionCount", 2)
    if strategy == "spread":
        group["SpreadLevel"] = self._get_param("SpreadLevel") or "rack"
    _known(self)[name] = group
    return ActionResult({"PlacementGroup": group})


def _describe(self: EC2Response) -> ActionResult:
    known = _known(self)
    found = list(known.values())
    for parameter, member in (("GroupNames", "GroupName"), ("GroupIds", "GroupId")):
        names = self._get_param(parameter, [])
        for name in names:
            if all(group[member] != name for group in known.values()):
                raise _unknown(name)
        found = [group for group in found if not names or group[member] in names]
    filters = {each["Name"]: each["Values"] for each in self._get_param("Filters", [])}
    for name, member in (("group-name", "GroupName"), ("strategy", "Strategy"), ("state", "State")):
        found = [group for group in found if name not in filters or group[member] in filters[name]]
    return ActionResult({"PlacementGroups": found})


def _delete(self: EC2Response) -> ActionResult:
    name = self._get_param("GroupName")
    if _known(self).pop(name, None) is None:
        raise _unknown(name)
    return ActionResult({})
