"""What runs in a cluster: custom resource definitions and their controllers, and nodes with their pods."""

from __future__ import annotations

from typing import Any

from . import custom_resources
from .api_server import ApiServer
from .clusters import SandboxCluster
from .karpenter import Controller
from .workloads import system
from .workloads.load import Load
from .workloads.manager import Workloads
from .world import Context


class Provisioning:
    """The provisioning of one cluster. It is created by control calls only."""

    def __init__(self, context: Context, cluster: SandboxCluster, server: ApiServer) -> None:
        self._context = context
        self._cluster = cluster
        self._server = server
        self._controller: Controller | None = None
        self.workloads: Workloads | None = None

    def stop(self) -> None:
        """Stop the controller and the workloads."""
        self._stop_controller()
        self._stop_workloads()

    def _stop_controller(self) -> None:
        controller, self._controller = self._controller, None
        if controller is not None:
            controller.stop()

    def _stop_workloads(self) -> None:
        workloads, self.workloads = self.workloads, None
        if workloads is not None:
            workloads.stop()

    def change_definitions(self, body: dict[str, Any]) -> dict[str, Any]:
        """Accept {"remove": variants, "install": variants, "without": fields}: one or a list of each, in this order.

        Installed definitions do not have the fields in `without`, such as `NodeClass.spec.tags`.
        """
        _only(body, {"remove", "install", "without"})
        without = _all(body, "without")
        answer: dict[str, Any] = {}
        for variant in _all(body, "remove"):
            answer.setdefault("remove", []).extend(custom_resources.remove(self._server, variant))
        for variant in _all(body, "install"):
            answer.setdefault("install", []).extend(custom_resources.install(self._server, variant, without))
        return answer

    def change_controller(self, body: dict[str, Any]) -> dict[str, Any]:
        """Start the controller, or change its settings. `node_claims` and `built_in` are applied once."""
        _only(body, {"settings", "node_claims", "built_in", "stop"})
        if body.get("stop"):
            self._stop_controller()
            return {}
        if self._controller is None:
            self._controller = Controller(self._context, self._cluster, self._server)
        controller = self._controller
        controller.settings.change(body.get("settings", {}))
        answer: dict[str, Any] = {"settings": controller.settings.as_json(), "rounds": controller.rounds}
        if body.get("built_in"):
            controller.make_built_in()
        if "node_claims" in body:
            answer["node_claims"] = controller.make_claims(**{"count": 1, **body["node_claims"]})
        return answer

    def change_workloads(self, body: dict[str, Any]) -> dict[str, Any]:
        """Start the workloads, or change their settings. `system` creates what a new cluster runs, `load` many pods.

        Wait until the cluster is settled, unless `wait` is false.
        """
        _only(body, {"settings", "system", "load", "wait", "stop"})
        if body.get("stop"):
            self._stop_workloads()
            return {}
        if self.workloads is None:
            self.workloads = Workloads(self._context, self._cluster, self._server)
        self.workloads.settings.change(body.get("settings", {}))
        if body.get("system"):
            system.install(self._server)
        if "load" in body:
            Load.parse(body["load"]).create(self._server)
        if body.get("wait", True):
            self.workloads.settle()
        return self.workloads.describe()


def _all(body: dict[str, Any], name: str) -> list[str]:
    """Return the elements of a member, which can be a list or a single value."""
    found = body.get(name, [])
    return [found] if isinstance(found, str) else list(found)


def _only(body: dict[str, Any], known: set[str]) -> None:
    unknown = sorted(set(body) - known - {"region", "account"})
    if unknown:
        raise ValueError(f"unknown members: {', '.join(unknown)}")
