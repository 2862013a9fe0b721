"""Drains nodes in the same way as EKS: evictions over the API server until a time limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

from ..api_server import ApiServerError
from .kinds import (
    BUDGET,
    MIRROR,
    POD,
    Object,
    is_deleting,
    is_of_daemon_set,
    name_of,
    namespace_of,
    node_name_of,
    uid_of,
)
from .objects import Objects
from .selectors import matches
from .settings import Settings

POLL_SECONDS = 0.03
# Rounds of the controllers in which an evicted pod is replaced.
RETURN_ROUNDS = 3
# Evicted, or the pod does not exist.
DONE = (200, 201, 404)


class Drain:
    """Evicts the pods of nodes. DaemonSet pods and mirror pods are ignored."""

    def __init__(self, objects: Objects, settings: Settings, stopped: threading.Event) -> None:
        self._objects = objects
        self._settings = settings
        self._stopped = stopped
        # Time of the next attempt for each pod.
        self._due: dict[str, float] = {}
        # Why the API server did not respond to the last attempt.
        self._failure: Exception | None = None

    def run(self, nodes: Iterable[str], force: bool = False) -> list[str]:
        """Evict all pods. Return the nodes that still have pods at the time limit.

        With `force`, these pods are then deleted, regardless of their budgets. Raises an error if the API server does
        not respond at the limit.
        """
        names = set(nodes)
        deadline = time.monotonic() + self._settings.drain_seconds
        while pods := self.pods(names) or self._returned(names):
            if time.monotonic() >= deadline or self._stopped.is_set():
                if self._failure is not None:
                    raise self._failure
                return self._force(pods) if force else _nodes_of(pods)
            now = time.monotonic()
            due = [pod for pod in pods if not is_deleting(pod) and self._due.get(uid_of(pod), 0) <= now]
            self._objects.each(self._evict_all, self._by_budget(due), drain=True)
            self._stopped.wait(POLL_SECONDS)
        return []

    def _by_budget(self, pods: list[Object]) -> list[tuple[str, list[Object]]]:
        """Group the pods by their first budget, whose evictions are not concurrent."""
        budgets = self._objects.all(BUDGET)
        grouped: dict[str, list[Object]] = {}
        for pod in pods:
            labels = pod["metadata"].get("labels") or {}
            matching = (
                uid_of(each)
                for each in budgets
                if namespace_of(each) == namespace_of(pod) and matches(each["spec"].get("selector"), labels)
            )
            grouped.setdefault(next(matching, uid_of(pod)), []).append(pod)
        return list(grouped.items())

    def _evict_all(self, group: tuple[str, list[Object]]) -> None:
        budget, pods = group
        for pod in pods:
            if not self._stopped.is_set():
                with self._objects.budget_lock(budget):
                    self._evict(pod)

    def _returned(self, names: set[str]) -> list[Object]:
        """Return the pods that are scheduled on drained nodes again, after the controllers have had time to do so."""
        last = self._objects.rounds + RETURN_ROUNDS
        while self._objects.rounds < last and not self._stopped.is_set():
            self._objects.changed.set()
            self._stopped.wait(POLL_SECONDS / 2)
        return self.pods(names)

    def pods(self, names: set[str]) -> list[Object]:
        """Return the pods that a drain of the nodes evicts."""
        return [pod for pod in self._objects.all(POD) if node_name_of(pod) in names and _is_evictable(pod)]

    def _evict(self, pod: Object) -> None:
        body = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": name_of(pod), "namespace": namespace_of(pod)},
            "deleteOptions": {"preconditions": {"uid": uid_of(pod)}},
        }
        try:
            status, _ = self._objects.post(POD.path_of(pod, "/eviction"), body)
            self._failure = None
        except (ApiServerError, OSError) as error:
            status, self._failure = 0, error
        # After a success, the next attempt is only needed if the deletion does not become visible.
        pause = max(self._settings.retry_seconds, 1.0) if status in DONE else self._settings.retry_seconds
        self._due[uid_of(pod)] = time.monotonic() + pause

    def _force(self, pods: list[Object]) -> list[str]:
        """Delete the pods, but not pods that are scheduled on the nodes later."""
        self._objects.each(lambda pod: self._objects.delete(POD, pod), [each for each in pods if not is_deleting(each)])
        deadline = time.monotonic() + self._settings.drain_seconds
        while pods := self._remaining(pods):
            if time.monotonic() >= deadline or self._stopped.is_set():
                return _nodes_of(pods)
            self._stopped.wait(POLL_SECONDS)
        return []

    def _remaining(self, pods: list[Object]) -> list[Object]:
        known = {uid_of(pod) for pod in self._objects.all(POD)}
        return [pod for pod in pods if uid_of(pod) in known]


def _is_evictable(pod: Object) -> bool:
    return not is_of_daemon_set(pod) and MIRROR not in (pod["metadata"].get("annotations") or {})


def _nodes_of(pods: list[Object]) -> list[str]:
    return sorted({node_name_of(pod) for pod in pods})
