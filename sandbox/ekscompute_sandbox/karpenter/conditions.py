"""Status conditions in the format of Karpenter: Ready summarizes the others."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

Condition = dict[str, Any]
Verdict = tuple[str, str, str]

AWAITING: Verdict = ("Unknown", "AwaitingReconciliation", "object is awaiting reconciliation")


def true(name: str) -> Verdict:
    """Return a condition with status True."""
    return ("True", name, "")


def false(reason: str, message: str) -> Verdict:
    """Return a condition with status False."""
    return ("False", reason, message)


def summed_up(verdicts: dict[str, Verdict], informational: tuple[str, ...] = ()) -> dict[str, Verdict]:
    """Add Ready: False if another condition is False, else Unknown if another one is Unknown."""
    unhealthy = {name: each[0] for name, each in verdicts.items() if each[0] != "True" and name not in informational}
    ready = true("Ready")
    if unhealthy:
        status = "False" if "False" in unhealthy.values() else "Unknown"
        ready = (status, "UnhealthyDependents", ", ".join(f"{name}={each}" for name, each in unhealthy.items()))
    return {**verdicts, "Ready": ready}


def written(verdicts: dict[str, Verdict], found: dict[str, Any]) -> list[Condition]:
    """Return the conditions of an object. The time of a condition changes only with its status."""
    before = {each["type"]: each for each in found.get("status", {}).get("conditions", [])}
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    conditions = []
    for name, (status, reason, message) in sorted(verdicts.items()):
        same = name in before and before[name]["status"] == status
        conditions.append(
            {
                "type": name,
                "status": status,
                "reason": reason,
                "message": message,
                "observedGeneration": found["metadata"]["generation"],
                "lastTransitionTime": before[name]["lastTransitionTime"] if same else now,
            }
        )
    return conditions
