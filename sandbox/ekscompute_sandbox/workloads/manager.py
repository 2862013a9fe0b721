"""The workloads of one cluster: the control loop, and the operations on its nodes."""

from __future__ import annotations

import http.client
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from ..api_server import ApiServer, ApiServerError
from ..clusters import SandboxCluster
from ..nodegroup import SandboxNodegroup
from ..scaling_groups import find_group
from ..world import Context
from .budgets import Budgets
from .controllers import Controllers
from .drain import Drain
from .fleet import Fleet
from .garbage import Garbage
from .instances import NodeImage, NodeInstance, instances_of, terminate
from .kinds import NODE, POD
from .kubelet import Kubelet
from .nodes import Nodes, cordon
from .objects import Objects
from .replacement import Replacement, Stopped, UpdateFailed
from .scheduler import Scheduler
from .settings import Settings

log = logging.getLogger(__name__)

ROUND_SECONDS = 0.1
# Changes that arrive within this time are handled in one round.
BATCH_SECONDS = 0.01
SETTLE_SECONDS = 120.0
# Consecutive rounds without a write after which a cluster is settled.
QUIET_ROUNDS = 3


class Workloads:
    """Runs in a separate thread until it is stopped. Each operation on nodes has a separate thread."""

    def __init__(self, context: Context, cluster: SandboxCluster, server: ApiServer) -> None:
        self.settings = Settings()
        self._context = context
        self._cluster = cluster
        self._server = server
        self._stopped = threading.Event()
        self._objects = Objects(server)
        self._fleet = Fleet(context, cluster, self.settings)
        self._nodes = Nodes(self._objects, self.settings)
        scheduler, kubelet = Scheduler(self._objects, self.settings), Kubelet(self._objects, self.settings)
        self._steps = (Garbage(self._objects), Controllers(self._objects), scheduler, kubelet)
        self._budgets = Budgets(self._objects, self.settings)
        self._quiet = 0
        threading.Thread(target=self._work, daemon=True, name=f"workloads-{cluster.name}").start()

    def stop(self) -> None:
        """Request the end of all threads."""
        self._stopped.set()
        self._objects.stop()

    def describe(self) -> dict[str, Any]:
        """Return the settings and the numbers of known objects."""
        counts = {"nodes": len(self._objects.all(NODE)), "pods": len(self._objects.all(POD))}
        return {"settings": self.settings.as_json(), "rounds": self._objects.rounds, **counts}

    def settle(self) -> None:
        """Wait until nothing is left to do, except for changes that wait for a time."""
        deadline = time.monotonic() + SETTLE_SECONDS
        # First, the changes of the caller must arrive. Writes of the controllers are known without their events.
        self._wait_while(self._lags, deadline)
        first = self._objects.rounds
        self._quiet = 0
        self._wait_while(lambda: self._objects.rounds <= first + 1 or self._quiet < QUIET_ROUNDS, deadline)

    def _wait_while(self, condition: Callable[[], bool], deadline: float) -> None:
        while condition():
            if time.monotonic() > deadline or self._stopped.is_set():
                raise ValueError("the workloads do not settle")
            self._objects.changed.set()
            self._stopped.wait(0.02)

    def _lags(self) -> bool:
        """Whether changes have not arrived yet. An API server that does not respond has none."""
        try:
            return self._server.running and self._objects.lag()
        except (OSError, http.client.HTTPException):
            return False

    def replace_nodes(
        self, nodegroup: SandboxNodegroup, image: NodeImage, force: bool, done: Callable[[list[dict[str, Any]]], None]
    ) -> bool:
        """Start to replace all nodes. `done` is called with the errors, under the lock of the world.

        Requires the lock. Return false if the node group has no nodes to replace.
        """
        group = find_group(self._context, nodegroup)
        if group is None or all(each.image == image for each in instances_of(group)):
            return False

        def work() -> None:
            errors: list[dict[str, Any]] = []
            replacement = Replacement(
                self._context, self._cluster, nodegroup, self._objects, self.settings, self._stopped
            )
            try:
                replacement.run(image, force)
            except UpdateFailed as failure:
                errors = [failure.error]
            except (ApiServerError, OSError) as error:
                errors = [UpdateFailed("ClusterUnreachable", str(error), [self._cluster.name]).error]
            except Stopped:
                errors = [UpdateFailed("Unknown", "The Auto Scaling group was not found", []).error]
            self._end(nodegroup, lambda: done(errors))

        self._fleet.busy.add(nodegroup.uuid)
        self._start(f"replace-{nodegroup.nodegroup_name}", work)
        return True

    def drain_group(self, nodegroup: SandboxNodegroup, done: Callable[[], None]) -> bool:
        """Start to drain all nodes before the node group is deleted. Pods that remain at the limit do not block it.

        Requires the lock, which is also held for `done`. Return false if the node group has no nodes.
        """
        group = find_group(self._context, nodegroup)
        names = [each.instance.private_dns_name for each in instances_of(group)] if group is not None else []
        names = [name for name in names if self._objects.get(NODE, "", name) is not None]
        if not names:
            return False

        def work() -> None:
            self._drain(names)
            self._end(nodegroup, done)

        self._fleet.busy.add(nodegroup.uuid)
        self._start(f"drain-{nodegroup.nodegroup_name}", work)
        return True

    def _start(self, name: str, work: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                work()
            except Exception:
                if not self._stopped.is_set():
                    log.exception("%s failed", name)

        threading.Thread(target=guarded, daemon=True, name=name).start()

    def _drain(self, names: list[str]) -> None:
        """Drain nodes that are terminated afterwards in any case."""
        try:
            cordon(self._objects, names)
            Drain(self._objects, self.settings, self._stopped).run(names)
        except (ApiServerError, OSError) as error:
            log.info("a drain on %s ended: %s", self._server.name, error)

    def _end(self, nodegroup: SandboxNodegroup, done: Callable[[], None]) -> None:
        """End an operation, unless the cluster or the node group was deleted in the meantime."""
        with self._context.world.lock:
            self._fleet.busy.discard(nodegroup.uuid)
            is_known = self._cluster.nodegroups.get(nodegroup.nodegroup_name) is nodegroup
            if is_known and not self._stopped.is_set():
                done()
        self._objects.changed.set()

    def retire(
        self, nodegroup: SandboxNodegroup, surplus: list[NodeInstance], done: Callable[[], None] | None = None
    ) -> None:
        """Start to drain and terminate instances that leave their group, regardless of budgets at the limit.

        `done` is called under the lock of the world.
        """
        names = [each.instance.private_dns_name for each in surplus]

        def work() -> None:
            self._drain(names)
            with self._context.world.lock:
                group = find_group(self._context, nodegroup)
                if group is not None:
                    terminate(group, surplus)
                if done is not None:
                    done()
            self._objects.changed.set()

        self._objects.changed.set()
        self._start(f"retire-{nodegroup.nodegroup_name}", work)

    def _work(self) -> None:
        pause = BATCH_SECONDS
        while not self._stopped.is_set():
            self._objects.changed.wait(ROUND_SECONDS)
            self._stopped.wait(pause)
            self._objects.changed.clear()
            if not (self._objects.synced and self._server.running) or self._stopped.is_set():
                continue
            writes, start = self._objects.writes, time.monotonic()
            try:
                self._round()
            except (ApiServerError, OSError, RuntimeError) as error:
                # The API server is starting or stopping. The next round retries.
                log.info("a round of workloads on %s: %s", self._server.name, error)
            except Exception:
                # A stop cancels the requests of the round.
                if not self._stopped.is_set():
                    log.exception("a round of workloads on %s failed", self._server.name)
            is_quiet = self._objects.writes == writes and not self._budgets.pending
            self._quiet = self._quiet + 1 if is_quiet else 0
            self._objects.rounds += 1
            # Long rounds leave half of the time to the other threads.
            pause = max(BATCH_SECONDS, min(time.monotonic() - start, ROUND_SECONDS))

    def _round(self) -> None:
        with self._context.world.lock:
            self._context.world.transitions.settle()
            plans = self._fleet.reconcile(self.retire)
        self._nodes.reconcile(plans)
        if self.settings.running:
            for step in self._steps:
                step.reconcile(self._objects.all(POD))
        self._budgets.reconcile(self._objects.all(POD))
