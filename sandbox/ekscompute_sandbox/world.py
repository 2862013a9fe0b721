"""The complete state of a sandbox, protected by one lock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.ec2.models import ec2_backends
from moto.eks.models import eks_backends

from .backend import SandboxEKSBackend
from .calls import CallLog
from .credentials import Credentials
from .errors import ApiError
from .faults import Faults
from .releases import Releases
from .transitions import Transitions
from .workloads.console import Console

if TYPE_CHECKING:
    from .kubernetes import Kubernetes


@dataclass(slots=True)
class Settings:
    """Settings for behavior that AWS does not document or that depends on the account."""

    # AWS does not document the removal of a label or taint that does not exist.
    strict_patches: bool = False
    # Quotas L-6D54EA21 and L-33415657. Thousands of node groups must be possible, so only the Fargate quota is enabled.
    max_nodegroups: int = 1_000_000
    max_fargate_profiles: int = 10
    delete_while_creating: bool = False
    # Quotas of other services by code, such as {"L-DB2E81BA": 0}. They are not enforced.
    quotas: dict[str, float] = field(default_factory=dict)
    # Whether creations fail if the network or the role prevents nodes from joining.
    nodes_must_join: bool = False
    # Whether every new cluster gets a separate API server.
    kubernetes: bool = False

    def change(self, values: dict[str, Any]) -> None:
        """Change several settings. Raises ValueError for an unknown name or a wrong type."""
        for name, value in values.items():
            current = getattr(self, name, None)
            if name not in self.__dataclass_fields__ or type(value) is not type(current):
                raise ValueError(f"not a setting or wrong type: {name}={value!r}")
        for name, value in values.items():
            setattr(self, name, value)


@dataclass(slots=True)
class World:
    """All state that a reset deletes. The backends of moto are global, so a process has only one world."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    calls: CallLog = field(default_factory=CallLog)
    credentials: Credentials = field(default_factory=Credentials)
    faults: Faults = field(default_factory=Faults)
    settings: Settings = field(default_factory=Settings)
    releases: Releases = field(default_factory=Releases)
    console: Console = field(default_factory=Console)
    transitions: Transitions = field(init=False)
    # Set by the gateway, and requires the world and STS.
    kubernetes: Kubernetes = field(init=False)

    def __post_init__(self) -> None:
        self.transitions = Transitions(self.faults)

    def reset(self) -> None:
        """Reset to an empty account with default settings."""
        with self.lock:
            # Deleting the moto backends is sufficient: BackendDict.reset would first create all of them.
            for backends in list(BackendDict._instances):
                backends.clear()
            BackendDict._instances.clear()
            # moto keeps every model in lists for its dashboard.
            reset_model_data()
            self.calls.reset()
            self.credentials = Credentials()
            self.faults = Faults()
            self.settings = Settings()
            self.releases.reset()
            self.console.clear()
            self.transitions = Transitions(self.faults)
            self.kubernetes.reset()

    def context(self, account: str, region: str, access_key: str = "") -> Context:
        """The context of an EKS operation."""
        return Context(self, account, region, access_key)


class Context:
    """One account and Region of the world."""

    __slots__ = ("access_key", "account", "region", "world")

    def __init__(self, world: World, account: str, region: str, access_key: str) -> None:
        self.world = world
        self.account = account
        self.region = region
        self.access_key = access_key

    @property
    def eks(self) -> SandboxEKSBackend:
        """Return the EKS state of this account and Region."""
        try:
            backend = eks_backends[self.account][self.region]
        except KeyError:
            raise ApiError("InvalidParameterException", f"Unknown Region {self.region}") from None
        assert isinstance(backend, SandboxEKSBackend)
        return backend

    @property
    def ec2(self) -> Any:
        """Return the moto EC2 backend of this account and Region."""
        return ec2_backends[self.account][self.region]

    def arn(self, service: str, resource: str) -> str:
        """Return an ARN in this account and Region."""
        return f"arn:{self.eks.partition}:{service}:{self.region}:{self.account}:{resource}"

    @property
    def start(self) -> Callable[..., Any]:
        """Start a transition (see Transitions.start)."""
        return self.world.transitions.start
