"""The kinds of Kubernetes objects, and how they are read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Object = dict[str, Any]

MIRROR = "kubernetes.io/config.mirror"


@dataclass(slots=True, frozen=True)
class Kind:
    """A kind with its paths."""

    group: str
    name: str
    plural: str
    namespaced: bool = True

    @property
    def api_version(self) -> str:
        """Return the apiVersion of objects."""
        return f"{self.group}/v1" if self.group else "v1"

    @property
    def collection(self) -> str:
        """Return the path of all objects of the kind."""
        return f"{'/apis/' + self.group if self.group else '/api'}/v1/{self.plural}"

    def path(self, namespace: str, name: str = "", part: str = "") -> str:
        """Return the path of an object or one of its subresources, or of the collection of a namespace."""
        root = self.collection
        if self.namespaced:
            root = f"{root.removesuffix(self.plural)}namespaces/{namespace}/{self.plural}"
        return f"{root}/{name}{part}" if name else root

    def path_of(self, found: Object, part: str = "") -> str:
        """Return the path of an existing object."""
        return self.path(namespace_of(found), name_of(found), part)


POD = Kind("", "Pod", "pods")
NODE = Kind("", "Node", "nodes", namespaced=False)
BUDGET = Kind("policy", "PodDisruptionBudget", "poddisruptionbudgets")
REPLICA_SET = Kind("apps", "ReplicaSet", "replicasets")
DEPLOYMENT = Kind("apps", "Deployment", "deployments")
STATEFUL_SET = Kind("apps", "StatefulSet", "statefulsets")
DAEMON_SET = Kind("apps", "DaemonSet", "daemonsets")
KINDS = (POD, NODE, BUDGET, REPLICA_SET, DEPLOYMENT, STATEFUL_SET, DAEMON_SET)


def name_of(found: Object) -> str:
    """Return the name."""
    return str(found["metadata"]["name"])


def namespace_of(found: Object) -> str:
    """Return the namespace. Empty for cluster-scoped objects."""
    return str(found["metadata"].get("namespace", ""))


def uid_of(found: Object) -> str:
    """Return the UID."""
    return str(found["metadata"]["uid"])


def is_deleting(found: Object) -> bool:
    """Whether the object has a deletion timestamp."""
    return bool(found["metadata"].get("deletionTimestamp"))


def controller_of(found: Object) -> Object | None:
    """Return the owner reference of the controller."""
    owners = found["metadata"].get("ownerReferences") or []
    return next((each for each in owners if each.get("controller")), None)


def is_ready(found: Object) -> bool:
    """Whether the condition Ready of a pod or node is True."""
    conditions = (found.get("status") or {}).get("conditions") or []
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def is_finished(pod: Object) -> bool:
    """Whether all containers of the pod have ended."""
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def node_name_of(pod: Object) -> str:
    """Return the node of the pod. Empty if it is not scheduled."""
    return str(pod["spec"].get("nodeName") or "")


def is_of_daemon_set(pod: Object) -> bool:
    """Whether a DaemonSet controls the pod."""
    owner = controller_of(pod)
    return owner is not None and owner["kind"] == DAEMON_SET.name


def owner_reference(kind: Kind, owner: Object) -> Object:
    """Return the owner reference of a controller."""
    return {
        "apiVersion": kind.api_version,
        "kind": kind.name,
        "name": name_of(owner),
        "uid": uid_of(owner),
        "controller": True,
        "blockOwnerDeletion": True,
    }


def condition(type_: str, is_true: bool, **more: Any) -> Object:
    """Return a condition with the current time."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"type": type_, "status": "True" if is_true else "False", "lastTransitionTime": now, **more}
