"""The PodDisruptionBudget controller: writes the status from which the API server decides about evictions."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from .kinds import (
    BUDGET,
    DEPLOYMENT,
    REPLICA_SET,
    STATEFUL_SET,
    Object,
    condition,
    controller_of,
    is_deleting,
    is_ready,
    name_of,
    namespace_of,
    uid_of,
)
from .objects import Objects, by_namespace
from .selectors import matches
from .settings import Settings

# Resources without a scale subresource, for the message of a failed sync.
UNSCALED = {"DaemonSet": "daemonsets.apps", "Job": "jobs.batch", "Node": "nodes"}
COUNTS = ("expectedPods", "currentHealthy", "desiredHealthy", "disruptionsAllowed")


class SyncFailed(Exception):
    """The status cannot be computed."""


class Budgets:
    """The controller of one cluster."""

    def __init__(self, objects: Objects, settings: Settings) -> None:
        self._objects = objects
        self._settings = settings
        # Whether a write was postponed in the last round.
        self.pending = False

    def reconcile(self, pods: list[Object]) -> None:
        """Write the status of each budget that does not match its pods."""
        budgets, self.pending = self._objects.all(BUDGET), False
        if budgets:
            grouped = by_namespace(pods)
            self._objects.each(lambda each: self._sync(each, grouped.get(namespace_of(each), [])), budgets)

    def _sync(self, budget: Object, pods: Iterable[Object]) -> None:
        selector = budget["spec"].get("selector")
        matching = [pod for pod in pods if matches(selector, pod["metadata"].get("labels") or {})]
        present = budget.get("status") or {}
        disrupted = present.get("disruptedPods") or {}
        # Evicted pods whose deletion is not visible yet. The API server has already subtracted them.
        pending = {name_of(pod): disrupted[name_of(pod)] for pod in matching if self._is_pending(pod, disrupted)}
        healthy = sum(1 for pod in matching if is_ready(pod) and not is_deleting(pod) and name_of(pod) not in pending)
        try:
            expected, desired = self._sizes(budget, matching)
            allowed = max(0, healthy - desired) if expected > 0 else 0
            verdict = ("SufficientPods" if allowed else "InsufficientPods", "")
        except SyncFailed as failure:
            expected, desired, allowed = present.get("expectedPods", 0), present.get("desiredHealthy", 0), 0
            verdict = ("SyncFailed", str(failure))
        status = dict(zip(COUNTS, (expected, healthy, desired, allowed), strict=True))
        status["observedGeneration"] = budget["metadata"]["generation"]
        self._write(budget, status, {each: None for each in disrupted if each not in pending}, verdict)

    def _is_pending(self, pod: Object, disrupted: Object) -> bool:
        """Whether the deletion of an evicted pod is still expected. An interrupted eviction never deletes its pod."""
        evicted = disrupted.get(name_of(pod))
        if evicted is None or is_deleting(pod):
            return False
        age = datetime.now(UTC) - datetime.fromisoformat(evicted)
        return age.total_seconds() < self._settings.disruption_seconds

    def _sizes(self, budget: Object, pods: list[Object]) -> tuple[int, int]:
        """Return the expected number of pods, and the number of them that must be healthy."""
        least, most = budget["spec"].get("minAvailable"), budget["spec"].get("maxUnavailable")
        if most is not None:
            expected = self._expected(pods)
            return expected, max(0, expected - _scaled(most, expected))
        if isinstance(least, int):
            return len(pods), least
        expected = self._expected(pods)
        return expected, _scaled(least, expected)

    def _expected(self, pods: list[Object]) -> int:
        """Return the sum of the replicas of all controllers. Pods without a controller are not counted."""
        replicas: dict[str, int] = {}
        for pod in pods:
            owner = controller_of(pod)
            if owner is not None and owner["uid"] not in replicas:
                replicas.update(self._replicas(pod, owner))
        return sum(replicas.values())

    def _replicas(self, pod: Object, owner: Object) -> dict[str, int]:
        kind = {each.name: each for each in (REPLICA_SET, STATEFUL_SET)}.get(owner["kind"])
        if kind is None:
            resource = UNSCALED.get(owner["kind"], f"{owner['kind'].lower()}s")
            raise SyncFailed(f"{resource} does not implement the scale subresource")
        found = self._objects.get(kind, namespace_of(pod), owner["name"])
        if found is None:
            raise SyncFailed(f'found no controllers for pod "{name_of(pod)}"')
        above = controller_of(found)
        deployment = self._objects.get(DEPLOYMENT, namespace_of(pod), above["name"]) if above else None
        return {owner["uid"]: int((deployment or found)["spec"].get("replicas", 1))}

    def _write(self, budget: Object, status: Object, dropped: dict[str, None], verdict: tuple[str, str]) -> None:
        present = budget.get("status") or {}
        reason, message = verdict
        before = next((each for each in present.get("conditions") or [] if each["type"] == "DisruptionAllowed"), {})
        is_same = (before.get("reason"), before.get("message", "")) == verdict
        if is_same and not dropped and all(present.get(name) == value for name, value in status.items()):
            return
        found = condition("DisruptionAllowed", reason == "SufficientPods", reason=reason, message=message)
        found["observedGeneration"] = budget["metadata"]["generation"]
        if before.get("status") == found["status"]:
            found["lastTransitionTime"] = before["lastTransitionTime"]
        # The version makes the write fail if the API server has evicted another pod since then.
        metadata = {"resourceVersion": budget["metadata"]["resourceVersion"]}
        patch: dict[str, Any] = {"metadata": metadata, "status": {**status, "conditions": [found]}}
        if dropped:
            patch["status"]["disruptedPods"] = dropped
        lock = self._objects.budget_lock(uid_of(budget))
        if not lock.acquire(blocking=False):
            # The eviction in progress would conflict. The status is written when the budget is used up at the latest.
            self.pending = True
            return
        try:
            self._objects.merge(BUDGET, budget, patch, "/status")
        finally:
            lock.release()


def _scaled(value: int | str | None, total: int) -> int:
    """Return an integer, or a percentage of the total, rounded up."""
    if value is None or isinstance(value, int):
        return value or 0
    return math.ceil(total * int(value.removesuffix("%")) / 100)
