"""Label selectors, node selectors, and tolerations."""

from __future__ import annotations

from typing import Any

from .kinds import Object, name_of

Labels = dict[str, str]


def matches(selector: Object | None, labels: Labels) -> bool:
    """Whether a label selector matches. An empty selector matches everything, and a missing one matches nothing."""
    if selector is None:
        return False
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    return all(_holds(each, labels) for each in selector.get("matchExpressions") or [])


def _holds(expression: Object, labels: Labels) -> bool:
    key, operator, values = expression["key"], expression["operator"], expression.get("values") or []
    if operator == "In":
        return labels.get(key) in values
    if operator == "NotIn":
        return labels.get(key) not in values
    if operator in ("Exists", "DoesNotExist"):
        return (key in labels) == (operator == "Exists")
    try:
        found, limit = int(labels[key]), int(values[0])
    except (KeyError, ValueError, IndexError):
        return False
    return found > limit if operator == "Gt" else found < limit


def selects_node(pod_spec: Object, node: Object) -> bool:
    """Whether the node selector and the required node affinity of a pod match the node."""
    labels = node["metadata"].get("labels") or {}
    if any(labels.get(key) != value for key, value in (pod_spec.get("nodeSelector") or {}).items()):
        return False
    affinity = (pod_spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    if not required:
        return True
    fields = {"metadata.name": name_of(node)}
    return any(
        all(_holds(each, labels) for each in term.get("matchExpressions") or [])
        and all(_holds(each, fields) for each in term.get("matchFields") or [])
        for term in required["nodeSelectorTerms"]
    )


def tolerates(pod_spec: Object, taint: dict[str, Any]) -> bool:
    """Whether a toleration of the pod matches the taint."""
    for each in pod_spec.get("tolerations") or []:
        if each.get("effect") and each["effect"] != taint["effect"]:
            continue
        if each.get("key") and each["key"] != taint["key"]:
            continue
        if each.get("operator") == "Exists" or (each.get("key") and each.get("value", "") == taint.get("value", "")):
            return True
    return False
