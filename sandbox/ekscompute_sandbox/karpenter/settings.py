"""What a test may ask of the controllers."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from .conditions import Verdict


@dataclass(slots=True)
class Forced:
    """A condition that is as the test says, of one object or of all of its kind."""

    kind: str
    type: str
    name: str = ""
    status: str = "False"
    reason: str = "Forced"
    message: str = ""


@dataclass(slots=True)
class Settings:
    """How the controllers behave; all can be changed while they work."""

    # Whether they work at all; the garbage collector, which is Kubernetes's own, does in any case.
    running: bool = True
    # How long an object is left alone after it was made or changed.
    delay_seconds: float = 0.0
    # How long the nodes of a claim drain; none stands for ever.
    drain_seconds: float | None = 0.0
    # Kinds whose finalizers stay whatever happens.
    held_finalizers: list[str] = field(default_factory=list)
    conditions: list[Forced] = field(default_factory=list)

    def change(self, values: dict[str, Any]) -> None:
        """Set several; raises ValueError at an unknown name."""
        unknown = sorted(set(values) - set(self.__dataclass_fields__))
        if unknown:
            raise ValueError(f"unknown settings of Karpenter: {', '.join(unknown)}")
        for name, value in values.items():
            setattr(self, name, [Forced(**each) for each in value] if name == "conditions" else value)

    def forced(self, kind: str, name: str) -> dict[str, Verdict]:
        """The verdicts that are not the controllers' own."""
        matching = [each for each in self.conditions if each.kind == kind and each.name in ("", name)]
        return {each.type: (each.status, each.reason, each.message) for each in matching}

    def as_json(self) -> dict[str, Any]:
        """As a control call reads and writes them."""
        return asdict(self)
