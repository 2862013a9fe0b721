"""The replacement of the nodes of a node group during a version update, in the phases of EKS."""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING, Any

from ..nodegroup import SandboxNodegroup
from ..scaling.processes import suspended
from ..scaling_groups import NodegroupAutoScalingGroup, add_template_version, find_group
from ..world import Context
from .drain import Drain
from .instances import NodeImage, NodeInstance, instances_of, launch, terminate
from .nodes import cordon, provider_ids
from .objects import Objects
from .settings import Settings

if TYPE_CHECKING:
    from ..clusters import SandboxCluster

POLL_SECONDS = 0.03
EVICTION_FAILED = "Reached max retries while trying to evict pods from nodes in node group {}"
JOIN_FAILED = "Couldn't proceed with upgrade process as new nodes are not joining node group {}"


class UpdateFailed(Exception):
    """The update ends as Failed with this error."""

    def __init__(self, code: str, message: str, resource_ids: list[str]) -> None:
        super().__init__(message)
        self.error: dict[str, Any] = {"errorCode": code, "errorMessage": message, "resourceIds": resource_ids}


def suspended_failure(nodegroup: SandboxNodegroup, group: NodegroupAutoScalingGroup) -> UpdateFailed:
    """Return the error of an update without processes that it requires: its new nodes never join.

    EKS documents neither the error code nor how long the update waits for a group that does not terminate instances.
    """
    return UpdateFailed("NodeCreationFailure", JOIN_FAILED.format(nodegroup.nodegroup_name), [group.name])


class Stopped(Exception):
    """The workloads were stopped, or the node group was deleted."""


class Replacement:
    """One version update of one node group. Each step takes the lock of the world for a short time."""

    def __init__(
        self,
        context: Context,
        cluster: SandboxCluster,
        nodegroup: SandboxNodegroup,
        objects: Objects,
        settings: Settings,
        stopped: threading.Event,
    ) -> None:
        self._context = context
        self._cluster = cluster
        self._nodegroup = nodegroup
        self._objects = objects
        self._settings = settings
        self._stopped = stopped

    def run(self, image: NodeImage, force: bool) -> None:
        """Replace all nodes with another image. Raises UpdateFailed, and leaves the node group half updated."""
        with self._context.world.lock:
            group = self._group()
            old = [each for each in instances_of(group) if each.image != image]
            add_template_version(self._context, self._nodegroup, image.ami)
            group.image = image
            size, most = self._nodegroup.scaling_config["desiredSize"], self._max_unavailable()
            zones = len({each.availability_zone for each in old})
            minimal = self._nodegroup.update_config.get("updateStrategy") == "MINIMAL"
        if old and not minimal:
            self._launch(image, max(2 * zones, most), size)
            cordon(self._objects, _names(old))
        gone = list(old)
        random.shuffle(old)
        while old:
            batch, old = old[:most], old[most:]
            if minimal:
                cordon(self._objects, _names(batch))
            self._drain(batch, force)
            self._terminate(batch)
            self._launch(image, 0, size if not minimal else size - len(old))
        gone += self._scale_down(size)
        self._wait_deleted(gone)

    def _group(self) -> NodegroupAutoScalingGroup:
        group = find_group(self._context, self._nodegroup)
        is_known = self._cluster.nodegroups.get(self._nodegroup.nodegroup_name) is self._nodegroup
        if self._stopped.is_set() or group is None or not is_known:
            raise Stopped
        return group

    def _require(self, process: str, group: NodegroupAutoScalingGroup) -> None:
        if process in suspended(group):
            raise suspended_failure(self._nodegroup, group)

    def _max_unavailable(self) -> int:
        config, size = self._nodegroup.update_config, self._nodegroup.scaling_config["desiredSize"]
        if "maxUnavailablePercentage" in config:
            return max(1, size * int(config["maxUnavailablePercentage"]) // 100)
        return int(config.get("maxUnavailable", 1))

    def _launch(self, image: NodeImage, surge: int, size: int) -> None:
        """Launch new nodes up to the surge or the size, and wait until they are Ready."""
        with self._context.world.lock:
            group = self._group()
            new = [each for each in instances_of(group) if each.image == image]
            # In the first call, up to the surge. Later, up to the size.
            missing = (surge or size) - len(new)
            if missing > 0:
                self._require("Launch", group)
                launched = launch(self._context, self._nodegroup, group, image, missing)
                if len(launched) < missing:
                    raise self._not_joining([])
                new += launched
            # EKS raises both limits for the update. The node group keeps its configured size.
            group.desired_capacity = len(instances_of(group))
            group.max_size = max(group.max_size, group.desired_capacity)
        self._wait_ready(new)

    def _wait_ready(self, instances: list[NodeInstance]) -> None:
        deadline = time.monotonic() + self._settings.join_limit_seconds + self._settings.join_seconds
        while True:
            ready = provider_ids(self._objects, ready=True)
            missing = [each for each in instances if each.provider_id not in ready]
            if not missing:
                return
            if time.monotonic() > deadline:
                raise self._not_joining([each.instance_id for each in missing])
            with self._context.world.lock:
                self._group()
            self._stopped.wait(POLL_SECONDS)

    def _not_joining(self, instances: list[str]) -> UpdateFailed:
        return UpdateFailed("NodeCreationFailure", JOIN_FAILED.format(self._nodegroup.nodegroup_name), instances)

    def _drain(self, batch: list[NodeInstance], force: bool) -> None:
        blocked = Drain(self._objects, self._settings, self._stopped).run(_names(batch), force)
        if blocked:
            name = self._nodegroup.nodegroup_name
            raise UpdateFailed("PodEvictionFailure", EVICTION_FAILED.format(name), blocked)
        self._stopped.wait(self._settings.terminate_seconds)

    def _terminate(self, gone: list[NodeInstance]) -> None:
        with self._context.world.lock:
            group = self._group()
            self._require("Terminate", group)
            terminate(group, gone)

    def _scale_down(self, size: int) -> list[NodeInstance]:
        """Remove the surge. At the time limit, the Auto Scaling group terminates nodes regardless of budgets.

        Return the terminated instances.
        """
        with self._context.world.lock:
            surplus = instances_of(self._group())[size:]
        names = _names(surplus)
        cordon(self._objects, names)
        Drain(self._objects, self._settings, self._stopped).run(names)
        with self._context.world.lock:
            group = self._group()
            terminate(group, surplus)
            group.desired_capacity = self._nodegroup.scaling_config["desiredSize"]
            group.max_size = self._nodegroup.scaling_config["maxSize"]
            group.image = None
        return surplus

    def _wait_deleted(self, gone: list[NodeInstance]) -> None:
        """Wait until the control loop has deleted the nodes of terminated instances."""
        self._objects.changed.set()
        deadline = time.monotonic() + self._settings.join_limit_seconds
        wanted = {each.provider_id for each in gone}
        while wanted & provider_ids(self._objects) and time.monotonic() < deadline:
            if self._stopped.wait(POLL_SECONDS):
                raise Stopped


def _names(instances: list[NodeInstance]) -> list[str]:
    return [str(each.instance.private_dns_name) for each in instances]
