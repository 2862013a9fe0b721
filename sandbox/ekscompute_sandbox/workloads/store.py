"""Caches of Kubernetes objects, which are kept current by watches."""

from __future__ import annotations

import http.client
import logging
import threading
from collections.abc import Callable, Iterable

from ..api_server import ApiServer, ApiServerError, Stream
from .kinds import Kind, Object, name_of, namespace_of, uid_of

log = logging.getLogger(__name__)

RETRY_SECONDS = 0.2
WATCH_SECONDS = 300


class Store:
    """The latest known objects of one kind.

    Responses to writes are stored, too, so that the next round does not repeat them. Events that are older than a
    stored object are ignored.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._objects: dict[tuple[str, str], Object] = {}
        self._deleted: set[str] = set()

    def all(self) -> list[Object]:
        """Return all objects. They must not be changed."""
        with self._lock:
            return list(self._objects.values())

    def get(self, namespace: str, name: str) -> Object | None:
        """Return an object by its name."""
        return self._objects.get((namespace, name))

    def put(self, found: Object) -> None:
        """Store an object, unless a newer state is known."""
        key = (namespace_of(found), name_of(found))
        with self._lock:
            known = self._objects.get(key)
            is_older = known is not None and _version(found) < _version(known)
            if uid_of(found) not in self._deleted and not is_older:
                self._objects[key] = found

    def drop(self, found: Object) -> None:
        """Remove a deleted object."""
        key = (namespace_of(found), name_of(found))
        with self._lock:
            self._deleted.add(uid_of(found))
            if key in self._objects and uid_of(self._objects[key]) == uid_of(found):
                del self._objects[key]

    def lags(self, found: list[Object]) -> bool:
        """Whether the objects of a list request, of which the metadata is sufficient, are newer than those known."""
        with self._lock:
            if len(found) != len(self._objects):
                return True
            for each in found:
                known = self._objects.get((namespace_of(each), name_of(each)))
                if known is None or uid_of(known) != uid_of(each) or _version(known) < _version(each):
                    return True
        return False

    def replace(self, found: Iterable[Object]) -> None:
        """Replace all objects by the result of a list request."""
        with self._lock:
            self._objects = {(namespace_of(each), name_of(each)): each for each in found}
            self._deleted.clear()


def _version(found: Object) -> int:
    return int(found["metadata"]["resourceVersion"])


class Watcher:
    """Keeps a store current in a separate thread until it is stopped."""

    def __init__(self, server: ApiServer, kind: Kind, store: Store, changed: Callable[[], None]) -> None:
        self._server = server
        self._kind = kind
        self._store = store
        self._changed = changed
        self._stopped = threading.Event()
        self._stream: Stream | None = None
        self.synced = threading.Event()
        threading.Thread(target=self._work, daemon=True, name=f"watch-{kind.plural}").start()

    def stop(self) -> None:
        """End the watch."""
        self._stopped.set()
        stream = self._stream
        if stream is not None:
            stream.close()

    def _work(self) -> None:
        while not self._stopped.is_set():
            try:
                if self._server.running:
                    self._watch(self._list())
            except (ApiServerError, OSError, ValueError, http.client.HTTPException) as error:
                # The API server is starting or stopping, or the version is too old.
                log.info("watch of %s on %s: %s", self._kind.plural, self._server.name, error)
            self._stopped.wait(RETRY_SECONDS)

    def _list(self) -> str:
        status, answer = self._server.request("GET", self._kind.collection)
        if status != 200:
            raise ApiServerError(f"{self._kind.collection}: {status} {answer}")
        self._store.replace(answer.get("items") or [])
        self.synced.set()
        self._changed()
        return str(answer["metadata"]["resourceVersion"])

    def _watch(self, version: str) -> None:
        query = f"?watch=1&allowWatchBookmarks=true&timeoutSeconds={WATCH_SECONDS}&resourceVersion={version}"
        self._stream = self._server.stream(self._kind.collection + query, WATCH_SECONDS)
        try:
            for event in self._stream:
                if self._stopped.is_set() or event["type"] == "ERROR":
                    return
                if event["type"] == "DELETED":
                    self._store.drop(event["object"])
                elif event["type"] != "BOOKMARK":
                    self._store.put(event["object"])
                self._changed()
        finally:
            self._stream.close()
