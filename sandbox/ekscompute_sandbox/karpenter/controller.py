"""The control loop for the node classes, node pools, and node claims of one cluster."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from ..api_server import ApiServer, ApiServerError
from ..clusters import SandboxCluster
from ..world import Context
from . import built_in, garbage, node_pool
from .kinds import CLAIM, CLASSES, POOL, Object, Objects
from .node_claims import NodeClaims
from .node_class import NodeClasses
from .settings import Settings

log = logging.getLogger(__name__)

ROUND_SECONDS = 0.1


class Controller:
    """Runs in a separate thread until it is stopped."""

    def __init__(self, context: Context, cluster: SandboxCluster, server: ApiServer) -> None:
        self.settings = Settings()
        self._server = server
        self._cluster = cluster
        self._objects = Objects(server)
        self._classes = NodeClasses(context, cluster, self._objects, self.settings)
        self._claims = NodeClaims(self._objects, self.settings)
        # Time when each state of an object was first seen.
        self._seen: dict[tuple[str, int], float] = {}
        self._rounds = 0
        self._stopped = threading.Event()
        threading.Thread(target=self._work, daemon=True).start()

    def stop(self) -> None:
        """Request the end of the thread."""
        self._stopped.set()

    @property
    def rounds(self) -> int:
        """Return the number of completed rounds. Objects that existed before the last round started were processed."""
        return self._rounds

    def make_claims(self, pool: str, count: int) -> list[str]:
        """Launch nodes for a node pool, as if pods had requested them."""
        found = [each for each in self._objects.all(POOL) if each["metadata"]["name"] == pool]
        if not found:
            raise ValueError(f"node pool {pool} not found")
        return self._claims.make(found[0], count)

    def make_built_in(self) -> None:
        """Return the node class and node pools that EKS manages in a cluster with EKS Auto Mode."""
        built_in.make(self._objects, self._cluster)

    def _work(self) -> None:
        while not self._stopped.wait(ROUND_SECONDS):
            try:
                if self._server.running:
                    self._round()
            except (ApiServerError, OSError) as error:
                # The API server is starting or stopping. The next round retries.
                log.info("a round of Karpenter on %s: %s", self._server.name, error)
            except Exception:
                log.exception("a round of Karpenter on %s failed", self._server.name)
            self._rounds += 1

    def _round(self) -> None:
        # Claims first: the node pool of a claim that is created during this round is then in the list of pools.
        claims = self._objects.all(CLAIM)
        pools = self._objects.all(POOL)
        garbage.collect(self._objects, pools, claims)
        if not self.settings.running:
            return
        classes = {each.kind.name: self._objects.all(each.kind) for each in CLASSES}
        for claim in claims:
            self._claims.reconcile(claim)
        for kind in CLASSES:
            for found in filter(self._is_due, classes[kind.kind.name]):
                self._classes.reconcile(kind, found, claims)
        for pool in filter(self._is_due, pools):
            node_pool.reconcile(self._objects, self.settings, pool, classes, claims)

    def _is_due(self, found: Object) -> bool:
        metadata: dict[str, Any] = found["metadata"]
        first = self._seen.setdefault((metadata["uid"], metadata["generation"]), time.monotonic())
        return time.monotonic() - first >= self.settings.delay_seconds
