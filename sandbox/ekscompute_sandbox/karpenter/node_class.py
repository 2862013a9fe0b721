"""The data that the controllers write to node classes."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from ..clusters import SandboxCluster
from ..world import Context
from . import images, resolve
from .conditions import AWAITING, Verdict, false, summed_up, true, written
from .kinds import ClassKind, Object, Objects, refers
from .settings import Settings

HASH_VERSION = "v6"
NOT_RESOLVED = "Awaiting AMI, Instance Profile, Security Group, and Subnet resolution"


class NodeClasses:
    """Updates the node classes of one cluster, one kind at a time."""

    def __init__(self, context: Context, cluster: SandboxCluster, objects: Objects, settings: Settings) -> None:
        self._context = context
        self._cluster = cluster
        self._objects = objects
        self._settings = settings

    def reconcile(self, kind: ClassKind, found: Object, claims: list[Object]) -> None:
        """Run one step for a node class."""
        metadata = found["metadata"]
        if "deletionTimestamp" in metadata:
            held = kind.kind.name in self._settings.held_finalizers
            if not held and not any(refers(claim, kind, metadata["name"]) for claim in claims):
                self._objects.drop_finalizer(kind.kind, found, kind.finalizer)
            return
        patch = _marks(kind, found)
        if patch:
            patch["resourceVersion"] = metadata["resourceVersion"]
            changed = self._objects.merge(kind.kind, metadata["name"], {"metadata": patch})
            if changed is None:
                return
            found = changed
        self._objects.set_status(kind.kind, found, self._status(kind, found))

    def _status(self, kind: ClassKind, found: Object) -> dict[str, Any]:
        name, spec = found["metadata"]["name"], found["spec"]
        forced = self._settings.forced(kind.kind.name, name)
        with self._context.world.lock:
            status, verdicts = self._resolve(kind, name, spec)
        verdicts = {**verdicts, **forced}
        if "ValidationSucceeded" not in forced:
            verdicts["ValidationSucceeded"] = _validated(verdicts)
        verdicts = summed_up({each: verdicts.get(each, AWAITING) for each in (*kind.conditions, *forced)})
        verdicts.update(forced)
        return {**status, "conditions": written(verdicts, found)}

    def _resolve(self, kind: ClassKind, name: str, spec: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Verdict]]:
        context = self._context
        status: dict[str, Any] = {}
        verdicts: dict[str, Verdict] = {}
        if "AMIsReady" in kind.conditions:
            try:
                found = images.select(context, self._cluster.version, spec["amiSelectorTerms"])
                status["amis"] = found or None
                verdicts["AMIsReady"] = true("AMIsReady") if found else _nothing("AMI")
            except images.UnsupportedAlias as refusal:
                verdicts["AMIsReady"] = false("UnsupportedAlias", str(refusal))
        subnets = resolve.subnets(context, spec["subnetSelectorTerms"])
        verdicts["SubnetsReady"] = true("SubnetsReady") if subnets else _nothing("Subnet", "Subnets")
        groups = resolve.security_groups(context, spec["securityGroupSelectorTerms"])
        ready = true("SecurityGroupsReady")
        verdicts["SecurityGroupsReady"] = ready if groups else _nothing("SecurityGroup", "SecurityGroups")
        if "capacityReservationSelectorTerms" in spec:
            # No condition reports whether terms select a reservation.
            reservations = resolve.capacity_reservations(context, spec["capacityReservationSelectorTerms"])
            status["capacityReservations"] = reservations or None
        profile = spec.get("instanceProfile")
        if profile is None and resolve.role_exists(context, spec["role"]):
            profile = f"{self._cluster.name}_{_digest(name) % 10**20}"
        # A role that does not exist in IAM is requested repeatedly. No condition reports it.
        verdicts["InstanceProfileReady"] = true("InstanceProfileReady") if profile else AWAITING
        status.update(subnets=subnets or None, securityGroups=groups or None, instanceProfile=profile)
        return {member: value for member, value in status.items() if value is not None}, verdicts


def _marks(kind: ClassKind, found: Object) -> dict[str, Any]:
    """Add missing finalizers and annotations to the object."""
    metadata = found["metadata"]
    patch: dict[str, Any] = {}
    finalizers = metadata.get("finalizers", [])
    if kind.finalizer not in finalizers:
        patch["finalizers"] = [*finalizers, kind.finalizer]
    wanted = hashes(kind.hash_annotation, found["spec"], HASH_VERSION)
    present = metadata.get("annotations", {})
    if any(present.get(name) != value for name, value in wanted.items()):
        patch["annotations"] = wanted
    return patch


def hashes(annotation: str, spec: dict[str, Any], version: str) -> dict[str, str]:
    """Return the annotations that determine whether nodes match this spec."""
    return {annotation: str(_digest(spec)), f"{annotation}-version": version}


def _digest(value: Any) -> int:
    return int.from_bytes(hashlib.sha256(json.dumps(value, sort_keys=True).encode()).digest()[:8], "big")


def _nothing(what: str, reason: str = "") -> Verdict:
    return false(f"{reason or what}NotFound", f"{what}Selector did not match any {what}s")


def _validated(verdicts: dict[str, Verdict]) -> Verdict:
    needed = [verdict[0] for name, verdict in verdicts.items() if name not in ("ValidationSucceeded", "Ready")]
    if "False" in needed:
        return false("DependenciesNotReady", NOT_RESOLVED)
    if "Unknown" in needed:
        return ("Unknown", "DependenciesNotReady", NOT_RESOLVED)
    return true("ValidationSucceeded")
