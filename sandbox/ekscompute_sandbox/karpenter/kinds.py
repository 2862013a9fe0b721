"""The kinds of Karpenter and EKS Auto Mode objects, and requests for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..api_server import ApiServer, ApiServerError

Object = dict[str, Any]


@dataclass(slots=True, frozen=True)
class Kind:
    """A kind. All kinds are cluster-scoped."""

    group: str
    name: str
    plural: str
    # The field manager of its status.
    manager: str

    @property
    def api_version(self) -> str:
        """Return the apiVersion of objects."""
        return f"{self.group}/v1"

    @property
    def path(self) -> str:
        """Return the path of the collection."""
        return f"/apis/{self.group}/v1/{self.plural}"


@dataclass(slots=True, frozen=True)
class ClassKind:
    """A kind of node class and its properties."""

    kind: Kind
    finalizer: str
    # The annotation of the hash. The annotation of its version has the suffix `-version`.
    hash_annotation: str
    conditions: tuple[str, ...]


EC2_NODE_CLASS = ClassKind(
    Kind("karpenter.k8s.aws", "EC2NodeClass", "ec2nodeclasses", "karpenter"),
    "karpenter.k8s.aws/termination",
    "karpenter.k8s.aws/ec2nodeclass-hash",
    ("AMIsReady", "SubnetsReady", "SecurityGroupsReady", "InstanceProfileReady", "ValidationSucceeded"),
)
AUTO_NODE_CLASS = ClassKind(
    Kind("eks.amazonaws.com", "NodeClass", "nodeclasses", "eks-auto-mode"),
    "eks.amazonaws.com/termination",
    "eks.amazonaws.com/nodeclass-hash",
    ("SubnetsReady", "SecurityGroupsReady", "InstanceProfileReady", "ValidationSucceeded"),
)
CLASSES = (EC2_NODE_CLASS, AUTO_NODE_CLASS)
POOL = Kind("karpenter.sh", "NodePool", "nodepools", "karpenter")
CLAIM = Kind("karpenter.sh", "NodeClaim", "nodeclaims", "karpenter")
POOL_LABEL = "karpenter.sh/nodepool"
CLAIM_FINALIZER = "karpenter.sh/termination"


def class_kind(reference: dict[str, str]) -> ClassKind | None:
    """Return the kind of a nodeClassRef, or None if neither controller supports it."""
    for each in CLASSES:
        if (each.kind.group, each.kind.name) == (reference["group"], reference["kind"]):
            return each
    return None


def refers(claim: Object, kind: ClassKind, name: str) -> bool:
    """Whether the node class of a claim is this one."""
    reference = claim["spec"]["nodeClassRef"]
    return class_kind(reference) is kind and reference["name"] == name


class Objects:
    """The objects of these kinds in the API server. An unknown kind has no objects."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server

    def all(self, kind: Kind) -> list[Object]:
        """Return all objects, with their kind."""
        status, answer = self._server.request("GET", kind.path)
        if status == 404:
            return []
        if status != 200:
            raise ApiServerError(f"{kind.path}: {status} {answer}")
        return list(answer["items"])

    def create(self, kind: Kind, body: Object, manager: str = "") -> Object:
        """Create an object, unless it exists."""
        query = f"?fieldManager={manager or kind.manager}"
        body = {"apiVersion": kind.api_version, "kind": kind.name, **body}
        status, answer = self._server.request("POST", kind.path + query, body)
        if status not in (201, 409):
            raise ApiServerError(f"{kind.name} was not created: {status} {answer}")
        return dict(answer)

    def merge(self, kind: Kind, name: str, patch: Object, part: str = "") -> Object | None:
        """Send a merge patch as the controllers do. Return None after a conflict, or if the object does not exist."""
        path = f"{kind.path}/{name}{part}?fieldManager={kind.manager}"
        status, answer = self._server.request("PATCH", path, patch, content_type="application/merge-patch+json")
        if status in (404, 409):
            return None
        if status != 200:
            raise ApiServerError(f"{kind.name} {name} was not changed: {status} {answer}")
        return dict(answer)

    def delete(self, kind: Kind, name: str) -> None:
        """Delete an object."""
        self._server.request("DELETE", f"{kind.path}/{name}")

    def drop_finalizer(self, kind: Kind, found: Object, finalizer: str) -> None:
        """Remove this finalizer from an object."""
        metadata = found["metadata"]
        left = [each for each in metadata.get("finalizers", []) if each != finalizer]
        if len(left) < len(metadata.get("finalizers", [])):
            patch = {"metadata": {"finalizers": left, "resourceVersion": metadata["resourceVersion"]}}
            self.merge(kind, metadata["name"], patch)

    def set_status(self, kind: Kind, found: Object, status: Object) -> None:
        """Write the status if it differs. Members that are missing from it are removed."""
        present = found.get("status", {})
        patch = dict(_difference(present, status))
        if patch:
            body = {"metadata": {"resourceVersion": found["metadata"]["resourceVersion"]}, "status": patch}
            self.merge(kind, found["metadata"]["name"], body, "/status")


def _difference(present: Object, wanted: Object) -> Iterator[tuple[str, Any]]:
    for name in {*present, *wanted}:
        if present.get(name) != wanted.get(name):
            yield name, wanted.get(name)
