"""The Kubernetes objects of a cluster: cached reads, and writes that update the caches."""

from __future__ import annotations

import http.client
import itertools
import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from ..api_server import ApiServer, ApiServerError
from .kinds import KINDS, Kind, Object, name_of, namespace_of, uid_of
from .store import Store, Watcher

log = logging.getLogger(__name__)

MERGE_PATCH = "application/merge-patch+json"
METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
WRITERS = 4

Item = TypeVar("Item")


class Objects:
    """All kinds in the API server. `changed` is set after each change."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        self._stores = {kind.name: Store() for kind in KINDS}
        self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="writer")
        self._evictors = ThreadPoolExecutor(WRITERS, thread_name_prefix="evictor")
        self._counter = itertools.count(1)
        self.changed = threading.Event()
        # The number of writes that had an effect.
        self.writes = 0
        self._locks: dict[str, threading.Lock] = {}
        # The number of completed rounds of the control loop.
        self.rounds = 0
        self._watchers = [Watcher(server, kind, self._stores[kind.name], self.changed.set) for kind in KINDS]

    @property
    def synced(self) -> bool:
        """Whether all objects have been read."""
        return all(each.synced.is_set() for each in self._watchers)

    def lag(self) -> bool:
        """Whether a change has not arrived yet. On a busy machine, a watch can be late by more than a round."""
        for kind in KINDS:
            status, answer = self._server.request("GET", kind.collection, accept=METADATA)
            if status != 200 or self._stores[kind.name].lags(answer.get("items") or []):
                return True
        return False

    def stop(self) -> None:
        """End the watches and the writers."""
        for each in self._watchers:
            each.stop()
        for pool in (self._writers, self._evictors):
            pool.shutdown(wait=False, cancel_futures=True)

    def all(self, kind: Kind) -> list[Object]:
        """Return all known objects of the kind. They must not be changed."""
        return self._stores[kind.name].all()

    def get(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """Return a known object."""
        return self._stores[kind.name].get(namespace, name)

    def put(self, kind: Kind, found: Object) -> None:
        """Store an object whose new state is known before its event arrives."""
        self._stores[kind.name].put(found)

    def each(self, function: Callable[[Item], Any], items: Iterable[Item], drain: bool = False) -> list[Any]:
        """Call the function for all items concurrently. Return the results in order.

        Evictions of a drain have separate threads, so that they do not delay the controllers.
        """
        found, pool = list(items), self._evictors if drain else self._writers
        return [function(found[0])] if len(found) == 1 else list(pool.map(function, found))

    def create(self, kind: Kind, namespace: str, body: Object) -> Object | None:
        """Create an object. Return None if it exists or is rejected."""
        body = {"apiVersion": kind.api_version, "kind": kind.name, **body}
        return self._stored(kind, name_of(body), *self._request("POST", kind.path(namespace), body))

    def merge(self, kind: Kind, found: Object, patch: Object, part: str = "") -> Object | None:
        """Send a merge patch. Return None after a conflict, if it is rejected, or if the object does not exist."""
        return self._stored(
            kind, name_of(found), *self._request("PATCH", kind.path_of(found, part), patch, MERGE_PATCH)
        )

    def delete(self, kind: Kind, found: Object, grace_seconds: int | None = None) -> None:
        """Delete this object, but not another one with its name."""
        options: dict[str, Any] = {"preconditions": {"uid": uid_of(found)}}
        if grace_seconds is not None:
            options["gracePeriodSeconds"] = grace_seconds
        status, answer = self._request("DELETE", kind.path_of(found), options)
        metadata = answer.get("metadata") or {}
        is_waiting = metadata.get("finalizers") or (grace_seconds != 0 and metadata.get("deletionTimestamp"))
        if status == 404 or (status == 200 and not is_waiting):
            self._stores[kind.name].drop(found)
        elif status < 300:
            self.put(kind, answer)

    def budget_lock(self, uid: str) -> threading.Lock:
        """Return the lock for evictions and status writes of a budget.

        If they conflict, the API server waits half a second before it retries the eviction.
        """
        return self._locks.setdefault(uid, threading.Lock())

    def post(self, path: str, body: Object) -> tuple[int, Any]:
        """Create a subresource. Return the status and the body of the response."""
        return self._request("POST", path, body)

    def suffix(self) -> str:
        """Return a suffix for the name of a pod, in the alphabet of Kubernetes."""
        number, letters = next(self._counter), "bcdfghjklmnpqrstvwxz2456789"
        # A multiplier without a common factor spreads consecutive numbers over all suffixes.
        number = number * 5_000_011 % len(letters) ** 5
        return "".join(letters[number // len(letters) ** place % len(letters)] for place in range(5))

    def _request(self, method: str, path: str, body: Object, content_type: str = "application/json") -> tuple[int, Any]:
        try:
            status, answer = self._server.request(method, path, body, content_type=content_type)
        except http.client.HTTPException as error:
            raise ApiServerError(f"{method} {path}: {error!r}") from None
        if status < 300:
            self.writes += 1
        return status, answer

    def _stored(self, kind: Kind, name: str, status: int, answer: Any) -> Object | None:
        if status not in (200, 201):
            # One rejected object, such as an invalid pod template, does not affect the others.
            if status not in (404, 409):
                log.warning("%s %s on %s: %s %s", kind.name, name, self._server.name, status, answer)
            return None
        self.put(kind, answer)
        return dict(answer)


def by_namespace(found: Iterable[Object]) -> dict[str, list[Object]]:
    """Group objects by their namespace."""
    grouped: dict[str, list[Object]] = {}
    for each in found:
        grouped.setdefault(namespace_of(each), []).append(each)
    return grouped
