"""Many Deployments with budgets, created by one control call for tests with many pods."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from ..api_server import ApiServer, ApiServerError
from .kinds import BUDGET, DEPLOYMENT, Kind, Object

WRITERS = 4


@dataclass(slots=True)
class Load:
    """Deployments `<name>-0` to `<name>-<n-1>` with the label `app`, each with a budget of the same name."""

    deployments: int = 20
    replicas: int = 50
    name: str = "load"
    # It must exist.
    namespace: str = "default"
    # The spec of each budget without its selector. None: without budgets.
    budget: dict[str, Any] | None = field(default_factory=lambda: {"maxUnavailable": 1})
    # Members of the pod spec, such as `tolerations` and `nodeSelector`.
    pod: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, description: dict[str, Any]) -> Load:
        """Parse JSON. Raises ValueError for an unknown member."""
        unknown = sorted(set(description) - set(cls.__dataclass_fields__))
        if unknown:
            raise ValueError(f"unknown members of a load: {', '.join(unknown)}")
        return cls(**description)

    def create(self, server: ApiServer) -> None:
        """Create all objects, except for objects that exist."""

        def post(item: tuple[Kind, Object]) -> None:
            kind, body = item
            whole = {"apiVersion": kind.api_version, "kind": kind.name, **body}
            status, answer = server.request("POST", kind.path(self.namespace), whole)
            if status not in (201, 409):
                raise ValueError(f"{kind.name} {body['metadata']['name']} was not created: {status} {answer}")

        try:
            with ThreadPoolExecutor(WRITERS, thread_name_prefix="load") as writers:
                list(writers.map(post, self._objects()))
        except (OSError, ApiServerError) as error:
            raise ValueError(f"the API server does not respond: {error}") from None

    def _objects(self) -> list[tuple[Kind, Object]]:
        found: list[tuple[Kind, Object]] = []
        for number in range(self.deployments):
            name = f"{self.name}-{number}"
            labels = {"app": name}
            pod = {"containers": [{"name": "main", "image": "app"}], **self.pod}
            spec = {
                "replicas": self.replicas,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": pod},
            }
            metadata = {"name": name, "labels": labels}
            # Budgets first: an eviction of a pod without its budget would always succeed.
            if self.budget is not None:
                budget = {"selector": {"matchLabels": labels}, **self.budget}
                found.append((BUDGET, {"metadata": metadata, "spec": budget}))
            found.append((DEPLOYMENT, {"metadata": metadata, "spec": spec}))
        return found
