"""The settings of the controllers that a test can change."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from .conditions import Verdict


@dataclass(slots=True)
class Forced:
    """A condition that the test sets, for one object or for all objects of its kind."""

    kind: str
    type: str
    name: str = ""
    status: str = "False"
    reason: str = "Forced"
    message: str = ""


@dataclass(slots=True)
class Settings:
    """The behavior of the controllers. All settings can be changed while they run."""

    # Whether the controllers are active. The garbage collector, which is part of Kubernetes, is always active.
    running: bool = True
    # Time for which an object is ignored after it was created or changed.
    delay_seconds: float = 0.0
    # Time to drain the nodes of a claim. None means that the drain never ends.
    drain_seconds: float | None = 0.0
    # Kinds whose finalizers are never removed.
    held_finalizers: list[str] = field(default_factory=list)
    conditions: list[Forced] = field(default_factory=list)

    def change(self, values: dict[str, Any]) -> None:
        """Change several settings. Raises ValueError for an unknown name."""
        unknown = sorted(set(values) - set(self.__dataclass_fields__))
        if unknown:
            raise ValueError(f"unknown Karpenter settings: {', '.join(unknown)}")
        for name, value in values.items():
            setattr(self, name, [Forced(**each) for each in value] if name == "conditions" else value)

    def forced(self, kind: str, name: str) -> dict[str, Verdict]:
        """Return the conditions that the test sets."""
        matching = [each for each in self.conditions if each.kind == kind and each.name in ("", name)]
        return {each.type: (each.status, each.reason, each.message) for each in matching}

    def as_json(self) -> dict[str, Any]:
        """Return the settings in the format of a control call."""
        return asdict(self)
