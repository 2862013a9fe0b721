"""TagResource, UntagResource, and ListTagsForResource for all objects with tags."""

from __future__ import annotations

from typing import Any

from .errors import eks_error
from .operations import operation
from .world import Context


def _find(context: Context, arn: str) -> Any:
    """Return the object. Tag calls raise NotFoundException instead of ResourceNotFoundException."""
    found = context.eks.by_arn.get(arn)
    if found is None:
        if not arn.startswith("arn:") or ":eks:" not in arn:
            raise eks_error("BadRequestException", f"Invalid resource ARN: {arn}")
        raise eks_error("NotFoundException", f"No resource found for ARN: {arn}")
    return found


@operation("TagResource")
def tag_resource(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Add or overwrite tags: up to 50, without the reserved prefix of AWS."""
    found, tags = _find(context, parameters["resourceArn"]), parameters["tags"]
    check_tags({**found.tags, **tags})
    found.tags.update(tags)
    return {}


def check_tags(tags: dict[str, str], code: str = "BadRequestException") -> None:
    """Check the limits that are not in the model."""
    if len(tags) > 50:
        raise eks_error(code, "A resource can have at most 50 tags")
    for key in tags:
        if key.lower().startswith("aws:"):
            raise eks_error(code, f"Tag key {key} uses the reserved prefix aws:")


@operation("UntagResource")
def untag_resource(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Remove tags. Missing tags are ignored."""
    found = _find(context, parameters["resourceArn"])
    for key in parameters["tagKeys"]:
        found.tags.pop(key, None)
    return {}


@operation("ListTagsForResource")
def list_tags_for_resource(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the tags of the object."""
    return {"tags": _find(context, parameters["resourceArn"]).tags}
