"""Fault rules: the faults, the affected calls or transitions, and their number."""

from __future__ import annotations

import itertools
import random
from dataclasses import asdict, dataclass, field
from typing import Any

from .credentials import expired_error
from .errors import ApiError, protocol_of
from .identify import Call

CALL_KINDS = (
    "throttle",
    "server_error",
    "error",
    "page",
    "drop_request",
    "drop_response",
    "expired_credentials",
    "latency",
)
TRANSITION_KINDS = ("transition_fail", "slow_transition")

_THROTTLE = {
    "ec2": ("RequestLimitExceeded", "Request limit exceeded.", 503),
    "query": ("Throttling", "Rate exceeded", 400),
    "json": ("ThrottlingException", "Rate exceeded", 400),
    "rest-json": ("ThrottlingException", "Rate exceeded", 429),
}
_SERVER_ERROR = {
    "ec2": ("InternalError", "An internal error has occurred", 500),
    "query": ("InternalFailure", "We encountered an internal error. Please try again.", 500),
    "json": ("InternalServerError", "An error occurred on the server side.", 500),
    "rest-json": ("ServerException", "An internal server error has occurred", 500),
}


class BadRule(ValueError):
    """An invalid fault rule. The control API returns status 400 with its text."""


@dataclass(slots=True)
class FaultRule:
    """A rule. The first `skip` calls pass, then up to `count` calls are affected, each with `probability`."""

    kind: str
    service: str = "*"
    operation: str = "*"
    transition: str = "*"
    target: str = ""
    access_key: str = ""
    probability: float = 1.0
    skip: int = 0
    count: int | None = None
    code: str = ""
    message: str = ""
    status: int = 0
    members: dict[str, Any] = field(default_factory=dict)
    milliseconds: int = 0
    seconds: float | None = None
    describes: int | None = None
    manual: bool = False
    health_issues: list[dict[str, Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    scaling_activities: list[dict[str, Any]] = field(default_factory=list)
    early_issues: bool = False
    status_after: str = ""
    id: int = 0
    seen: int = 0
    hits: int = 0

    def exhausted(self) -> bool:
        """Whether the rule no longer applies."""
        return self.count is not None and self.hits >= self.count

    def error(self, service: str) -> ApiError:
        """Return the error of this rule, in the format of the service."""
        protocol = protocol_of(service)
        if self.kind == "throttle":
            return ApiError(*_THROTTLE.get(protocol, _THROTTLE["rest-json"]))
        if self.kind == "expired_credentials":
            return expired_error(service)
        if self.kind == "server_error":
            code, message, status = _SERVER_ERROR.get(protocol, _SERVER_ERROR["rest-json"])
            if self.status == 503 and protocol == "rest-json":
                code, message = "ServiceUnavailableException", "The service is unavailable. Back off and retry."
            return ApiError(self.code or code, self.message or message, self.status or status)
        return ApiError(self.code, self.message, self.status or 400, **self.members)


class Faults:
    """All rules, in the order in which they were added. A seeded generator determines probabilities."""

    def __init__(self) -> None:
        self.rules: list[FaultRule] = []
        self._ids = itertools.count(1)
        self.random = random.Random(0)

    def seed(self, seed: int) -> None:
        """Restart the generator, so that a run can be repeated."""
        self.random = random.Random(seed)

    def add(self, description: dict[str, Any]) -> FaultRule:
        """Validate and add a rule in JSON."""
        known = {name for name in FaultRule.__dataclass_fields__ if name not in ("id", "seen", "hits")}
        unknown = sorted(set(description) - known)
        if unknown:
            raise BadRule(f"unknown members of a fault rule: {', '.join(unknown)}")
        kind = description.get("kind")
        if kind not in CALL_KINDS + TRANSITION_KINDS:
            raise BadRule(f"kind must be one of {', '.join(CALL_KINDS + TRANSITION_KINDS)}")
        if kind == "error" and not description.get("code"):
            raise BadRule("an error rule requires an error code")
        if kind == "latency" and not description.get("milliseconds"):
            raise BadRule("a latency rule requires milliseconds")
        if kind == "slow_transition" and not ({"seconds", "describes", "manual"} & set(description)):
            raise BadRule("a slow_transition rule requires seconds, describes, or manual")
        rule = FaultRule(**description)
        rule.id = next(self._ids)
        self.rules.append(rule)
        return rule

    def clear(self) -> None:
        """Delete all rules."""
        self.rules.clear()

    def remove(self, rule_id: int) -> bool:
        """Delete one rule. Return false if the ID does not exist."""
        before = len(self.rules)
        self.rules = [rule for rule in self.rules if rule.id != rule_id]
        return len(self.rules) != before

    def for_call(self, call: Call, path: str) -> list[FaultRule]:
        """Return the rules that affect this call: all latency rules, and the first other rule."""
        hits: list[FaultRule] = []
        decided = False
        for rule in self.rules:
            if rule.kind not in CALL_KINDS or (decided and rule.kind != "latency"):
                continue
            if rule.service not in ("*", call.service) or rule.operation not in ("*", call.operation):
                continue
            if rule.target not in path or rule.access_key not in ("", call.access_key):
                continue
            if self._strikes(rule):
                hits.append(rule)
                decided = decided or rule.kind != "latency"
        return hits

    def for_transition(self, transition: str, target: str, kind: str) -> FaultRule | None:
        """Return the first rule of the kind that affects a transition of a resource."""
        for rule in self.rules:
            if rule.kind != kind or rule.transition not in ("*", transition):
                continue
            if rule.target not in target:
                continue
            if self._strikes(rule):
                return rule
        return None

    def _strikes(self, rule: FaultRule) -> bool:
        if rule.exhausted():
            return False
        rule.seen += 1
        if rule.seen <= rule.skip:
            return False
        if rule.probability < 1.0 and self.random.random() >= rule.probability:
            return False
        rule.hits += 1
        return True

    def as_json(self) -> list[dict[str, Any]]:
        """Return the rules, with the number of evaluations (`seen`) and hits (`hits`)."""
        return [asdict(rule) for rule in self.rules]
