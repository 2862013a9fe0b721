"""The garbage collector: deletes pods and ReplicaSets whose controller no longer exists."""

from __future__ import annotations

from functools import partial

from .kinds import (
    DAEMON_SET,
    DEPLOYMENT,
    POD,
    REPLICA_SET,
    STATEFUL_SET,
    Object,
    controller_of,
    is_deleting,
    namespace_of,
)
from .objects import Objects

OWNERS = {each.name: each for each in (DEPLOYMENT, REPLICA_SET, STATEFUL_SET, DAEMON_SET)}


class Garbage:
    """The garbage collector of one cluster, for the kinds that its controllers support."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def reconcile(self, pods: list[Object]) -> None:
        """Delete all objects without their controller."""
        for kind, found in ((REPLICA_SET, self._objects.all(REPLICA_SET)), (POD, pods)):
            orphans = [each for each in found if self._is_orphan(each)]
            self._objects.each(partial(self._objects.delete, kind), orphans)

    def _is_orphan(self, found: Object) -> bool:
        owner = controller_of(found)
        kind = OWNERS.get(owner["kind"]) if owner else None
        if owner is None or kind is None or is_deleting(found):
            return False
        controller = self._objects.get(kind, namespace_of(found), owner["name"])
        return controller is None or controller["metadata"]["uid"] != owner["uid"]
