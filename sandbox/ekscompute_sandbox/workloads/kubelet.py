"""Starts pods on Ready nodes, and ends pods that are deleted or whose node no longer exists."""

from __future__ import annotations

import time

from .kinds import (
    NODE,
    POD,
    Object,
    condition,
    is_deleting,
    is_finished,
    is_ready,
    name_of,
    namespace_of,
    node_name_of,
    uid_of,
)
from .objects import Objects
from .settings import Settings

# An annotation that a test sets to keep a pod running, but not Ready.
READY_ANNOTATION = "sandbox.ekscompute/ready"


class Kubelet:
    """The kubelets of all nodes, and the pod garbage collector."""

    def __init__(self, objects: Objects, settings: Settings) -> None:
        self._objects = objects
        self._settings = settings
        # Time when each pod was first seen on its node, or as deleted.
        self._bound: dict[str, float] = {}
        self._deleted: dict[str, float] = {}

    def reconcile(self, pods: list[Object]) -> None:
        """Run one round for all pods."""
        nodes = {name_of(node): is_ready(node) for node in self._objects.all(NODE)}
        start, finish = [], []
        for pod in pods:
            if not node_name_of(pod):
                continue
            if node_name_of(pod) not in nodes or is_deleting(pod):
                if self._is_finishing(pod, node_name_of(pod) in nodes):
                    finish.append(pod)
            elif nodes[node_name_of(pod)] and self._is_starting(pod):
                start.append(pod)
        self._objects.each(self._start, start)
        self._objects.each(self._finish, finish)
        self._forget({uid_of(pod) for pod in pods})

    def _is_starting(self, pod: Object) -> bool:
        if is_finished(pod):
            return False
        status = pod.get("status") or {}
        if status.get("phase") == "Running" and is_ready(pod) == _becomes_ready(pod):
            return False
        since = self._bound.setdefault(uid_of(pod), time.monotonic())
        return time.monotonic() - since >= self._settings.start_seconds

    def _start(self, pod: Object) -> None:
        ready = _becomes_ready(pod)
        containers = [each["name"] for each in pod["spec"]["containers"]]
        now = condition("Initialized", True)["lastTransitionTime"]
        not_ready = {} if ready else {"reason": "ContainersNotReady"}
        status = {
            "phase": "Running",
            "startTime": (pod.get("status") or {}).get("startTime") or now,
            "conditions": [
                condition("PodScheduled", True),
                condition("Initialized", True),
                condition("ContainersReady", ready, **not_ready),
                condition("Ready", ready, **not_ready),
            ],
            "containerStatuses": [
                {
                    "name": name,
                    "image": "sandbox",
                    "imageID": "",
                    "ready": ready,
                    "restartCount": 0,
                    "state": {"running": {"startedAt": now}},
                }
                for name in containers
            ],
        }
        self._objects.merge(POD, pod, {"status": status}, "/status")

    def _is_finishing(self, pod: Object, has_node: bool) -> bool:
        since = self._deleted.setdefault(uid_of(pod), time.monotonic())
        if since == float("inf"):
            return False
        if not has_node:
            return True
        if self._settings.is_stuck(namespace_of(pod), name_of(pod)):
            return False
        grace = pod["metadata"].get("deletionGracePeriodSeconds") or 0
        return time.monotonic() - since >= grace * self._settings.grace_factor

    def _finish(self, pod: Object) -> None:
        self._objects.delete(POD, pod, grace_seconds=0)
        if pod["metadata"].get("finalizers"):
            # Only the finalizers keep the pod now.
            self._deleted[uid_of(pod)] = float("inf")

    def _forget(self, known: set[str]) -> None:
        for times in (self._bound, self._deleted):
            for uid in [each for each in times if each not in known]:
                del times[uid]


def _becomes_ready(pod: Object) -> bool:
    return (pod["metadata"].get("annotations") or {}).get(READY_ANNOTATION) != "false"
