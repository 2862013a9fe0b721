"""Auto Scaling operations for EKS groups that moto does not implement or implements differently from AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.autoscaling.models import AutoScalingBackend
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult

from .scaling import activities, instances, processes, settings, traffic
from .scaling.requests import invalid, page_of
from .scaling_groups import NodegroupAutoScalingGroup, lose_group

if TYPE_CHECKING:
    from .world import World

DEFAULT_PAGE, MAX_PAGE = 50, 100


def install(world: World) -> None:
    """Replace the operations of moto."""
    for module in (activities, processes, settings, traffic):
        module.install()
    instances.install(world)
    AutoScalingResponse.describe_tags = _describe_tags  # type: ignore[method-assign]
    set_tags, remove_tags = AutoScalingBackend.create_or_update_tags, AutoScalingBackend.delete_tags
    delete_group = AutoScalingBackend.delete_auto_scaling_group

    def create_or_update_tags(self: AutoScalingBackend, tags: list[dict[str, str]]) -> None:
        _require_groups(self, tags)
        set_tags(self, tags)

    def delete_tags(self: AutoScalingBackend, tags: list[dict[str, str]]) -> None:
        _require_groups(self, tags)
        remove_tags(self, tags)

    def delete_auto_scaling_group(self: AutoScalingBackend, group_name: str) -> None:
        group = self.autoscaling_groups.get(group_name)
        if isinstance(group, NodegroupAutoScalingGroup):
            lose_group(group)
        else:
            delete_group(self, group_name)

    AutoScalingBackend.create_or_update_tags = create_or_update_tags  # type: ignore[method-assign]
    AutoScalingBackend.delete_tags = delete_tags  # type: ignore[method-assign]
    AutoScalingBackend.delete_auto_scaling_group = delete_auto_scaling_group  # type: ignore[method-assign]


def _require_groups(backend: AutoScalingBackend, tags: list[dict[str, str]]) -> None:
    for tag in tags:
        if tag.get("ResourceId") not in backend.autoscaling_groups:
            raise invalid("AutoScalingGroup name not found - null")


def _describe_tags(self: AutoScalingResponse) -> ActionResult:
    """Page through the tags: AWS returns 50 at a time, moto returns all at once."""
    tags = _matching_tags(self.autoscaling_backend, self._get_param("Filters", []))
    page, token = page_of(self, tags, DEFAULT_PAGE, MAX_PAGE)
    return ActionResult({"Tags": page, "NextToken": token})


def _matching_tags(backend: AutoScalingBackend, filters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = [set(each["Values"]) for each in filters if each["Name"] == "auto-scaling-group"]
    groups = backend.autoscaling_groups
    # Filter by name first: a scan of thousands of groups on each call would be quadratic.
    wanted = [groups[name] for name in sorted(set.intersection(*names)) if name in groups] if names else groups.values()
    tags = [tag for group in wanted for tag in group.tags]
    for each in filters:
        member = {"key": "Key", "value": "Value", "propagate-at-launch": "PropagateAtLaunch"}.get(each["Name"])
        if member is not None:
            values = {value.lower() for value in each["Values"]}
            tags = [tag for tag in tags if str(tag.get(member, False)).lower() in values]
    return tags
