"""Binds pods to the node with the fewest pods among the nodes that they select and tolerate."""

from __future__ import annotations

from collections import Counter

from .kinds import NODE, POD, Object, condition, is_deleting, is_finished, is_ready, name_of, node_name_of, uid_of
from .nodes import is_schedulable
from .objects import Objects
from .selectors import selects_node, tolerates
from .settings import Settings

DEFAULT_SCHEDULER = "default-scheduler"
UNSCHEDULABLE = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
BLOCKING = ("NoSchedule", "NoExecute")


class Scheduler:
    """The scheduler of one cluster. Pod affinity, topology spread, and requests are ignored."""

    def __init__(self, objects: Objects, settings: Settings) -> None:
        self._objects = objects
        self._settings = settings
        # Pods whose condition reports that no node is available.
        self._reported: set[str] = set()

    def reconcile(self, pods: list[Object]) -> None:
        """Bind all pods for which a node is available."""
        waiting = [pod for pod in pods if _is_waiting(pod)]
        if not waiting:
            return
        nodes = [node for node in self._objects.all(NODE) if is_ready(node)]
        used = Counter(node_name_of(pod) for pod in pods if node_name_of(pod) and not is_finished(pod))
        bindings, unscheduled = [], []
        for pod in waiting:
            possible = [node for node in nodes if used[name_of(node)] < self._settings.max_pods and admits(node, pod)]
            if possible:
                # Cordoned nodes first: a pod that tolerates them returns to the node from which it was evicted. A real
                # scheduler also selects such nodes, but not always.
                name = name_of(
                    min(possible, key=lambda node: (is_schedulable(node), used[name_of(node)], name_of(node)))
                )
                used[name] += 1
                bindings.append((pod, name))
            elif uid_of(pod) not in self._reported:
                unscheduled.append(pod)
        self._objects.each(lambda binding: self._bind(*binding), bindings)
        self._objects.each(self._report, unscheduled)

    def _bind(self, pod: Object, node: str) -> None:
        target = {"apiVersion": "v1", "kind": "Node", "name": node}
        body = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": name_of(pod)}, "target": target}
        status, _ = self._objects.post(POD.path_of(pod, "/binding"), body)
        if status == 201:
            self._reported.discard(uid_of(pod))
            self._objects.put(POD, {**pod, "spec": {**pod["spec"], "nodeName": node}})

    def _report(self, pod: Object) -> None:
        message = f"0/{len(self._objects.all(NODE))} nodes are available."
        failed = condition("PodScheduled", False, reason="Unschedulable", message=message)
        self._objects.merge(POD, pod, {"status": {"conditions": [failed]}}, "/status")
        self._reported.add(uid_of(pod))


def _is_waiting(pod: Object) -> bool:
    is_ours = pod["spec"].get("schedulerName", DEFAULT_SCHEDULER) == DEFAULT_SCHEDULER
    return is_ours and not node_name_of(pod) and not is_deleting(pod) and not is_finished(pod)


def admits(node: Object, pod: Object) -> bool:
    """Whether the pod selects the node and tolerates its taints. A cordoned node has a taint for this purpose."""
    taints = [each for each in node["spec"].get("taints") or [] if each["effect"] in BLOCKING]
    if node["spec"].get("unschedulable"):
        taints.append(UNSCHEDULABLE)
    return selects_node(pod["spec"], node) and all(tolerates(pod["spec"], taint) for taint in taints)
