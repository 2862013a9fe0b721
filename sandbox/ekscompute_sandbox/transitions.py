"""Asynchronous state changes: when and how they end.

AWS responds to a create request with CREATING and continues in the background. Here, a change ends after a time, after
a number of describe calls, or on request, so that a test can see every state without waiting.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from .faults import FaultRule, Faults

KINDS = (
    "cluster_create",
    "cluster_update",
    "cluster_delete",
    "nodegroup_create",
    "nodegroup_config_update",
    "nodegroup_version_update",
    "nodegroup_delete",
    "fargate_create",
    "fargate_delete",
)
DEFAULT_SECONDS = 1.0


@dataclass(slots=True)
class Pace:
    """The end of a transition: after seconds, after describe calls for its object, or on request."""

    mode: str = "time"
    seconds: float = DEFAULT_SECONDS
    describes: int = 1

    @classmethod
    def parse(cls, description: Any) -> Pace:
        """Parse `1.5`, `"manual"`, `{"seconds": n}`, `{"describes": n}`, or `{"manual": true}`."""
        if description == "manual" or (isinstance(description, dict) and description.get("manual")):
            return cls("manual")
        if isinstance(description, (int, float)) and not isinstance(description, bool) and description >= 0:
            return cls("time", seconds=float(description))
        if isinstance(description, dict) and set(description) == {"seconds"}:
            return cls.parse(description["seconds"])
        if isinstance(description, dict) and set(description) == {"describes"}:
            count = description["describes"]
            if isinstance(count, int) and count >= 0:
                return cls("describes", describes=count)
        raise ValueError(f"not a transition time: {description!r}")

    def as_json(self) -> Any:
        """Return the form that `parse` accepts."""
        if self.mode == "manual":
            return "manual"
        return {"seconds": self.seconds} if self.mode == "time" else {"describes": self.describes}


@dataclass(slots=True)
class Transition:
    """A change in progress. `finish` is called once, with the rule that makes it fail, or None."""

    kind: str
    target: str
    pace: Pace
    finish: Callable[[FaultRule | None], None]
    failure: FaultRule | None
    forget: Callable[[], object]
    describes_left: int
    done: bool = False

    def end(self) -> None:
        """End the change now. A second call has no effect."""
        if not self.done:
            self.abandon()
            self.finish(self.failure)

    def abandon(self) -> None:
        """Stop the change in its current state, because another change replaces it."""
        self.done = True
        self.forget()

    def described(self) -> None:
        """Count a read of the object, for transitions that end after describe calls.

        The response to the counted call still contains the old state if reads remain.
        """
        if self.pace.mode == "describes" and not self.done:
            if self.describes_left <= 0:
                self.end()
            else:
                self.describes_left -= 1


@dataclass(slots=True)
class Transitions:
    """All changes in progress, and the configured times of each kind."""

    faults: Faults
    paces: dict[str, Pace] = field(default_factory=lambda: {kind: Pace() for kind in KINDS})
    _heap: list[tuple[float, int, Transition]] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)
    _pending: dict[int, Transition] = field(default_factory=dict)

    def start(self, kind: str, target: str, finish: Callable[[FaultRule | None], None]) -> Transition:
        """Start a change of `target` (`cluster`, `cluster/name`). Fault rules can slow it down or make it fail."""
        pace = self.paces[kind]
        slow = self.faults.for_transition(kind, target, "slow_transition")
        if slow is not None:
            pace = _pace_of(slow)
        failure = self.faults.for_transition(kind, target, "transition_fail")
        number = next(self._numbers)
        forget = partial(self._pending.pop, number, None)
        transition = Transition(kind, target, pace, finish, failure, forget, pace.describes)
        self._pending[number] = transition
        if pace.mode == "time":
            heapq.heappush(self._heap, (time.monotonic() + pace.seconds, number, transition))
        return transition

    def settle(self) -> None:
        """End all changes whose time has come. Called before each request is handled."""
        now = time.monotonic()
        while self._heap and self._heap[0][0] <= now:
            _, _, transition = heapq.heappop(self._heap)
            transition.end()

    def unfinished(self) -> list[Transition]:
        """Return the changes in progress, oldest first."""
        return list(self._pending.values())

    def step(self, target: str = "", kind: str = "") -> list[Transition]:
        """End the changes of a target or kind (all if both are empty), regardless of their pace."""
        ended = [
            each
            for each in self.unfinished()
            if (not target or each.target == target) and (not kind or each.kind == kind)
        ]
        for transition in ended:
            transition.end()
        return ended


def _pace_of(rule: FaultRule) -> Pace:
    if rule.manual:
        return Pace("manual")
    if rule.describes is not None:
        return Pace("describes", describes=rule.describes)
    return Pace("time", seconds=rule.seconds or 0.0)
