"""Deployments, ReplicaSets, StatefulSets, and DaemonSets: as simple as possible."""

from __future__ import annotations

import hashlib
import json

from .kinds import (
    DAEMON_SET,
    DEPLOYMENT,
    NODE,
    POD,
    REPLICA_SET,
    STATEFUL_SET,
    Kind,
    Object,
    controller_of,
    is_deleting,
    is_finished,
    is_ready,
    name_of,
    namespace_of,
    node_name_of,
    owner_reference,
    uid_of,
)
from .objects import Objects
from .selectors import selects_node, tolerates

# Node taints that the DaemonSet controller tolerates in all its pods.
DAEMON_TAINTS = ("not-ready", "unreachable", "disk-pressure", "memory-pressure", "pid-pressure", "unschedulable")
HASH_LABEL = "pod-template-hash"


class Controllers:
    """The controllers of one cluster."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def reconcile(self, pods: list[Object]) -> None:
        """Create missing pods, delete surplus pods, and write the status of their controllers."""
        sets = self._objects.all(REPLICA_SET)
        for deployment in self._objects.all(DEPLOYMENT):
            self._deployment(deployment, sets)
        owned: dict[str, list[Object]] = {}
        for pod in pods:
            owner = controller_of(pod)
            if owner is not None:
                owned.setdefault(owner["uid"], []).append(pod)
        for kind, reconcile in (
            (REPLICA_SET, self._replica_set),
            (STATEFUL_SET, self._stateful_set),
            (DAEMON_SET, self._daemon_set),
        ):
            for found in self._objects.all(kind):
                if not is_deleting(found):
                    reconcile(found, owned.get(uid_of(found), []))

    def _deployment(self, deployment: Object, sets: list[Object]) -> None:
        """Keep one ReplicaSet for the current pod template, and scale the others to 0 without a rollout."""
        if is_deleting(deployment):
            return
        digest = hashlib.sha256(json.dumps(deployment["spec"]["template"], sort_keys=True).encode()).hexdigest()[:10]
        name, replicas = f"{name_of(deployment)}-{digest}", deployment["spec"].get("replicas", 1)
        owned = [each for each in sets if (controller_of(each) or {}).get("uid") == uid_of(deployment)]
        current = next((each for each in owned if name_of(each) == name), None)
        if current is None:
            self._objects.create(REPLICA_SET, namespace_of(deployment), _replica_set(deployment, name, digest))
        for each in owned:
            wanted = replicas if each is current else 0
            if each["spec"].get("replicas", 1) != wanted:
                self._objects.merge(REPLICA_SET, each, {"spec": {"replicas": wanted}})
        counts = (current or {}).get("status") or {}
        total = counts.get("replicas", 0)
        self._set_status(
            DEPLOYMENT, deployment, {**_counts(total, counts.get("readyReplicas", 0)), "updatedReplicas": total}
        )

    def _replica_set(self, found: Object, pods: list[Object]) -> None:
        active = _active(pods)
        missing = found["spec"].get("replicas", 1) - len(active)
        names = [f"{name_of(found)}-{self._objects.suffix()}" for _ in range(missing)]
        self._objects.each(lambda name: self._create(REPLICA_SET, found, name), names)
        if missing < 0:
            # Pods that are not Ready are deleted first.
            surplus = sorted(active, key=is_ready)[:-missing]
            self._objects.each(lambda pod: self._objects.delete(POD, pod), surplus)
        self._set_status(REPLICA_SET, found, _counts(len(active), sum(map(is_ready, active))))

    def _stateful_set(self, found: Object, pods: list[Object]) -> None:
        """Keep the pods 0 to n-1, in parallel. A finished pod is replaced when it no longer exists."""
        wanted = [f"{name_of(found)}-{ordinal}" for ordinal in range(found["spec"].get("replicas", 1))]
        existing = {name_of(pod) for pod in pods}
        self._objects.each(
            lambda name: self._create(STATEFUL_SET, found, name, hostname=name),
            [name for name in wanted if name not in existing],
        )
        surplus = [pod for pod in pods if not is_deleting(pod) and (name_of(pod) not in wanted or is_finished(pod))]
        self._objects.each(lambda pod: self._objects.delete(POD, pod), surplus)
        active = _active(pods)
        self._set_status(STATEFUL_SET, found, _counts(len(active), sum(map(is_ready, active))))

    def _daemon_set(self, found: Object, pods: list[Object]) -> None:
        tolerations = [
            *(found["spec"]["template"]["spec"].get("tolerations") or []),
            *({"key": f"node.kubernetes.io/{each}", "operator": "Exists"} for each in DAEMON_TAINTS),
        ]
        spec = {**found["spec"]["template"]["spec"], "tolerations": tolerations}
        nodes = {name_of(node) for node in self._objects.all(NODE) if _runs(spec, node)}
        covered = {node_name_of(pod) for pod in pods if not is_finished(pod)}
        self._objects.each(
            lambda node: self._create(
                DAEMON_SET, found, f"{name_of(found)}-{self._objects.suffix()}", nodeName=node, tolerations=tolerations
            ),
            sorted(nodes - covered),
        )
        active = _active(pods)
        surplus = [pod for pod in active if node_name_of(pod) not in nodes]
        self._objects.each(lambda pod: self._objects.delete(POD, pod), surplus)
        ready = sum(map(is_ready, active))
        status = {"currentNumberScheduled": len(active), "desiredNumberScheduled": len(nodes), "numberReady": ready}
        self._set_status(DAEMON_SET, found, {**status, "numberMisscheduled": 0, "numberAvailable": ready})

    def _create(self, kind: Kind, owner: Object, name: str, **spec: object) -> None:
        template = owner["spec"]["template"]
        metadata = template.get("metadata") or {}
        body = {
            "metadata": {
                "name": name,
                "labels": metadata.get("labels") or {},
                "annotations": metadata.get("annotations") or {},
                "ownerReferences": [owner_reference(kind, owner)],
            },
            "spec": {**template["spec"], **spec},
        }
        self._objects.create(POD, namespace_of(owner), body)

    def _set_status(self, kind: Kind, found: Object, status: Object) -> None:
        status = {**status, "observedGeneration": found["metadata"]["generation"]}
        present = found.get("status") or {}
        # Counts of 0 are omitted in a response.
        if any(present.get(name, 0) != value for name, value in status.items()):
            self._objects.merge(kind, found, {"status": status}, "/status")


def _replica_set(deployment: Object, name: str, digest: str) -> Object:
    spec = deployment["spec"]
    template = {**spec["template"], "metadata": dict(spec["template"].get("metadata") or {})}
    template["metadata"]["labels"] = {**(template["metadata"].get("labels") or {}), HASH_LABEL: digest}
    selector = {**spec["selector"], "matchLabels": {**(spec["selector"].get("matchLabels") or {}), HASH_LABEL: digest}}
    return {
        "metadata": {
            "name": name,
            "labels": template["metadata"]["labels"],
            "ownerReferences": [owner_reference(DEPLOYMENT, deployment)],
        },
        "spec": {"replicas": spec.get("replicas", 1), "selector": selector, "template": template},
    }


def _active(pods: list[Object]) -> list[Object]:
    return [pod for pod in pods if not is_deleting(pod) and not is_finished(pod)]


def _counts(total: int, ready: int) -> Object:
    return {"replicas": total, "readyReplicas": ready, "availableReplicas": ready}


def _runs(pod_spec: Object, node: Object) -> bool:
    taints = [each for each in node["spec"].get("taints") or [] if each["effect"] != "PreferNoSchedule"]
    return selects_node(pod_spec, node) and all(tolerates(pod_spec, taint) for taint in taints)
