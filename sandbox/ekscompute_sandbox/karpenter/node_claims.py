"""Node claims: created when a test requests nodes, and deleted when their nodes are drained."""

from __future__ import annotations

import secrets
import time

from .conditions import summed_up, true, written
from .kinds import CLAIM, CLAIM_FINALIZER, POOL, POOL_LABEL, Object, Objects
from .settings import Settings

STAGES = ("Launched", "Registered", "Initialized")


class NodeClaims:
    """Creates and deletes the claims of one cluster."""

    def __init__(self, objects: Objects, settings: Settings) -> None:
        self._objects = objects
        self._settings = settings
        self._draining: dict[str, float] = {}

    def make(self, pool: Object, count: int) -> list[str]:
        """Launch nodes of a node pool. Return the names of their claims."""
        template, metadata = pool["spec"]["template"], pool["metadata"]
        owner = {
            "apiVersion": POOL.api_version,
            "kind": POOL.name,
            "name": metadata["name"],
            "uid": metadata["uid"],
            "blockOwnerDeletion": True,
        }
        # The fields of a requirement in a claim. Taints and other fields are copied unchanged.
        members = ("nodeClassRef", "requirements", "taints", "startupTaints", "expireAfter", "terminationGracePeriod")
        names = []
        for _ in range(count):
            name = f"{metadata['name']}-{secrets.token_hex(3)[:5]}"
            body = {
                "metadata": {
                    "name": name,
                    "labels": {**template.get("metadata", {}).get("labels", {}), POOL_LABEL: metadata["name"]},
                    "finalizers": [CLAIM_FINALIZER],
                    "ownerReferences": [owner],
                },
                "spec": {each: template["spec"][each] for each in members if each in template["spec"]},
            }
            made = self._objects.create(CLAIM, body)
            status = {
                "providerID": f"aws:///us-east-1a/i-{secrets.token_hex(9)[:17]}",
                "nodeName": f"ip-10-0-64-{len(names) + 10}.ec2.internal",
                "conditions": written(summed_up({each: true(each) for each in STAGES}), made),
            }
            self._objects.set_status(CLAIM, made, status)
            names.append(name)
        return names

    def reconcile(self, claim: Object) -> None:
        """Drain the node of a claim that is being deleted."""
        metadata = claim["metadata"]
        if "deletionTimestamp" not in metadata:
            return
        began = self._draining.setdefault(metadata["uid"], time.monotonic())
        seconds = self._settings.drain_seconds
        held = CLAIM.name in self._settings.held_finalizers
        if not held and seconds is not None and time.monotonic() - began >= seconds:
            self._objects.drop_finalizer(CLAIM, claim, CLAIM_FINALIZER)
            return
        draining = {**{each: true(each) for each in STAGES}, "Drained": ("Unknown", "Draining", "Draining")}
        conditions = written(summed_up(draining, informational=("Drained",)), claim)
        self._objects.set_status(CLAIM, claim, {**claim.get("status", {}), "conditions": conditions})
