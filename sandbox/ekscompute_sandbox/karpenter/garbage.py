"""The garbage collector: deletes claims with their node pool. Claims can block a deletion in the foreground."""

from __future__ import annotations

from .kinds import CLAIM, POOL, Object, Objects

FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"


def collect(objects: Objects, pools: list[Object], claims: list[Object]) -> None:
    """Run one round. Claims of deleted node pools are deleted even if no node pool exists."""
    owners = {pool["metadata"]["uid"]: pool for pool in pools}
    for claim in claims:
        uid = _owner(claim)
        if "deletionTimestamp" in claim["metadata"] or uid is None:
            continue
        pool = owners.get(uid)
        if pool is None or _waits(pool, FOREGROUND):
            objects.delete(CLAIM, claim["metadata"]["name"])
        elif _waits(pool, ORPHAN):
            patch = {"metadata": {"ownerReferences": None, "resourceVersion": claim["metadata"]["resourceVersion"]}}
            objects.merge(CLAIM, claim["metadata"]["name"], patch)
    for uid, pool in owners.items():
        if any(_owner(claim) == uid for claim in claims):
            continue
        for finalizer in (FOREGROUND, ORPHAN):
            if _waits(pool, finalizer):
                objects.drop_finalizer(POOL, pool, finalizer)


def _owner(claim: Object) -> str | None:
    owners = claim["metadata"].get("ownerReferences", [])
    return str(owners[0]["uid"]) if owners else None


def _waits(pool: Object, finalizer: str) -> bool:
    return "deletionTimestamp" in pool["metadata"] and finalizer in pool["metadata"].get("finalizers", [])
