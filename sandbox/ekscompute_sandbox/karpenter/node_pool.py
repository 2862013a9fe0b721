"""The data that the controllers write to node pools."""

from __future__ import annotations

import re
from typing import Any

from .conditions import AWAITING, Verdict, false, summed_up, true, written
from .kinds import POOL, POOL_LABEL, Object, Objects, class_kind
from .node_class import hashes
from .settings import Settings

HASH_ANNOTATION = "karpenter.sh/nodepool-hash"
HASH_VERSION = "v3"
CAPACITY_TYPES = {"on-demand", "spot", "reserved"}
LABEL_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")


def reconcile(
    objects: Objects, settings: Settings, pool: Object, classes: dict[str, list[Object]], claims: list[Object]
) -> None:
    """Run one step for a node pool. Node pools with node classes of other controllers are ignored."""
    metadata, reference = pool["metadata"], pool["spec"]["template"]["spec"]["nodeClassRef"]
    kind = class_kind(reference)
    if kind is None or "deletionTimestamp" in metadata:
        return
    wanted = hashes(HASH_ANNOTATION, pool["spec"]["template"], HASH_VERSION)
    if any(metadata.get("annotations", {}).get(name) != value for name, value in wanted.items()):
        patch = {"metadata": {"annotations": wanted, "resourceVersion": metadata["resourceVersion"]}}
        changed = objects.merge(POOL, metadata["name"], patch)
        if changed is None:
            return
        pool = changed
    own = [claim for claim in claims if claim["metadata"].get("labels", {}).get(POOL_LABEL) == metadata["name"]]
    found = [each for each in classes[kind.kind.name] if each["metadata"]["name"] == reference["name"]]
    verdicts = {
        "NodeClassReady": _class_ready(found[0] if found else None),
        "NodeRegistrationHealthy": true("NodeRegistrationHealthy") if own else AWAITING,
        "ValidationSucceeded": _validated(pool["spec"]["template"]),
    }
    forced = settings.forced(POOL.name, metadata["name"])
    verdicts = summed_up({**verdicts, **forced}, informational=("NodeRegistrationHealthy",))
    verdicts.update(forced)
    status: dict[str, Any] = {
        "conditions": written(verdicts, pool),
        "nodes": len(own),
        "resources": {"nodes": str(len(own))},
    }
    if found:
        status["nodeClassObservedGeneration"] = found[0]["metadata"]["generation"]
    objects.set_status(POOL, pool, status)


def _class_ready(found: Object | None) -> Verdict:
    if found is None:
        return false("NodeClassNotFound", "NodeClass not found on cluster")
    if "deletionTimestamp" in found["metadata"]:
        return false("NodeClassTerminating", "NodeClass is Terminating")
    ready = [each for each in found.get("status", {}).get("conditions", []) if each["type"] == "Ready"]
    if not ready or ready[0]["status"] == "Unknown":
        return ("Unknown", "NodeClassReadinessUnknown", "Node Class Readiness Unknown")
    if ready[0]["status"] == "False":
        return false(ready[0]["reason"], ready[0]["message"])
    return true("NodeClassReady")


def _validated(template: dict[str, Any]) -> Verdict:
    """Run the validation that only the controller performs."""
    spec = template["spec"]
    seen = set()
    for taint in [*spec.get("taints", []), *spec.get("startupTaints", [])]:
        if (taint["key"], taint["effect"]) in seen:
            text = f"duplicate taint Key/Effect pair {taint['key']}={taint['effect']}"
            return false("NodePoolValidationFailed", text)
        seen.add((taint["key"], taint["effect"]))
    for requirement in spec["requirements"]:
        values = requirement.get("values", [])
        bad = [value for value in values if len(value) > 63 or not LABEL_VALUE.fullmatch(value)]
        if bad:
            text = f"invalid value: {bad[0]} for key {requirement['key']}"
            return false("NodePoolValidationFailed", text)
        known = requirement["key"] != "karpenter.sh/capacity-type" or CAPACITY_TYPES & set(values)
        if requirement["operator"] == "In" and not known:
            text = f"no valid values found in {values} for key {requirement['key']}"
            return false("NodePoolValidationFailed", text)
    return true("ValidationSucceeded")
