"""The settings of the workloads of a cluster that a test can change."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

# What the instances of a node group do: join the cluster, never join, or join without becoming Ready.
JOIN_MODES = ("join", "never", "not_ready")


@dataclass(slots=True)
class Settings:
    """The behavior of nodes, pods, and updates. All settings can be changed while the workloads run."""

    # Whether pods are scheduled, started, finished, and replaced. Nodes and drains do not depend on it.
    running: bool = True
    # Time between the launch of an instance and its Ready node.
    join_seconds: float = 0.0
    # How the instances of a node group join, by node group name (JOIN_MODES).
    join: dict[str, str] = field(default_factory=dict)
    # Maximum number of pods of a node.
    max_pods: int = 110
    # Time between the binding of a pod and its readiness.
    start_seconds: float = 0.0
    # A pod is finished after its grace period multiplied by this factor.
    grace_factor: float = 0.01
    # Pods that never finish, as `namespace/name` or as `namespace/prefix*`.
    stuck_pods: list[str] = field(default_factory=list)
    # Time limits of an update: for the evictions of a batch of nodes, and for new nodes to become Ready.
    drain_seconds: float = 3.0
    join_limit_seconds: float = 10.0
    # Time after which an evicted pod that is not deleted counts as healthy again (DeletionTimeout of the controller).
    disruption_seconds: float = 120.0
    # Time between two attempts to evict a pod.
    retry_seconds: float = 0.2
    # Time between the drain and the termination of a batch.
    terminate_seconds: float = 0.0

    def change(self, values: dict[str, Any]) -> None:
        """Change several settings. Raises ValueError for an unknown name or a wrong type."""
        for name, value in values.items():
            known = name in self.__dataclass_fields__
            expected = type(getattr(self, name)) if known else None
            is_number = expected is float and type(value) is int
            if not known or (type(value) is not expected and not is_number):
                raise ValueError(f"not a setting of workloads or wrong type: {name}={value!r}")
        for mode in values.get("join", {}).values():
            if mode not in JOIN_MODES:
                raise ValueError(f"unknown join mode {mode!r}; known: {', '.join(JOIN_MODES)}")
        for name, value in values.items():
            setattr(self, name, float(value) if type(getattr(self, name)) is float else value)

    def is_stuck(self, namespace: str, name: str) -> bool:
        """Whether the pod never finishes."""
        full = f"{namespace}/{name}"
        return any(full == each or (each.endswith("*") and full.startswith(each[:-1])) for each in self.stuck_pods)

    def as_json(self) -> dict[str, Any]:
        """Return the settings in the format of a control call."""
        return asdict(self)
