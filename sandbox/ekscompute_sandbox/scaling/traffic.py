"""The traffic sources of a group: target groups, Classic Load Balancers, and VPC Lattice.

AttachLoadBalancerTargetGroups and AttachTrafficSources change the same list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from .requests import group_of, invalid, page_of

MOST_PER_CALL = 10
MAX_PAGE = 50
TYPES = ("elb", "elbv2", "vpc-lattice")
ATTACHING, ATTACHED, DETACHING = "Adding", "Added", "Removing"


@dataclass(slots=True)
class Source:
    """A traffic source. Each describe call that returns it completes its attachment or detachment afterwards."""

    identifier: str
    type: str
    state: str = ATTACHING


def install() -> None:
    """Replace the operations of moto."""
    FakeAutoScalingGroup.target_group_arns = property(_target_groups, _set_target_groups)  # type: ignore[attr-defined]
    FakeAutoScalingGroup.traffic_sources = property(_described)  # type: ignore[attr-defined]
    for name, function in (
        ("attach_traffic_sources", _attach_traffic_sources),
        ("detach_traffic_sources", _detach_traffic_sources),
        ("describe_traffic_sources", _describe_traffic_sources),
        ("attach_load_balancer_target_groups", _attach_target_groups),
        ("detach_load_balancer_target_groups", _detach_target_groups),
        ("describe_load_balancer_target_groups", _describe_target_groups),
    ):
        setattr(AutoScalingResponse, name, function)


def replace(group: FakeAutoScalingGroup, name: str, wanted: list[Any]) -> None:
    """Replace `TrafficSources` ({"Identifier", "Type"}), or `TargetGroupARNs` only. The change is complete."""
    given = [{"Identifier": each} for each in wanted] if name == "TargetGroupARNs" else wanted
    found = [_parse(group, each) for each in given]
    kept = [each for each in _sources(group).values() if name == "TargetGroupARNs" and each.type != "elbv2"]
    group.__dict__["sandbox_sources"] = {each.identifier: each for each in [*kept, *found]}
    for each in found:
        each.state = ATTACHED


def _sources(group: FakeAutoScalingGroup) -> dict[str, Source]:
    sources: dict[str, Source] = group.__dict__.setdefault("sandbox_sources", {})
    return sources


def _target_groups(group: FakeAutoScalingGroup) -> list[str]:
    return [each.identifier for each in _sources(group).values() if each.type == "elbv2" and each.state != DETACHING]


def _set_target_groups(group: FakeAutoScalingGroup, arns: list[str] | None) -> None:
    """Set the target groups of a new group, as moto does."""
    replace(group, "TargetGroupARNs", arns or [])


def _described(group: FakeAutoScalingGroup) -> list[dict[str, str]]:
    found = (each for each in _sources(group).values() if each.state != DETACHING)
    return [{"Identifier": each.identifier, "Type": each.type} for each in found]


def _parse(group: FakeAutoScalingGroup, given: dict[str, str]) -> Source:
    """Return the traffic source of a request. Only the format of an ARN is checked, not whether its target exists."""
    identifier, type_ = given["Identifier"], given.get("Type") or _type_of(given["Identifier"])
    if type_ not in TYPES:
        raise invalid(f"The traffic source type of {identifier} is not valid. Valid values are: {', '.join(TYPES)}")
    place = f"{re.escape(group.region)}:{group.account_id}:targetgroup"
    pattern = {
        "elb": "[A-Za-z0-9-]{1,32}",
        "elbv2": f"arn:[^:]+:elasticloadbalancing:{place}/[A-Za-z0-9-]{{1,32}}/[0-9a-f]{{16}}",
        "vpc-lattice": f"arn:[^:]+:vpc-lattice:{place}/tg-[0-9a-z]{{16,17}}",
    }[type_]
    if not re.fullmatch(pattern, identifier):
        noun = "Load Balancers" if type_ == "elb" else "Target Groups"
        raise invalid(f"Provided {noun} may not be valid. Please ensure they exist and try again.")
    return Source(identifier, type_)


def _type_of(identifier: str) -> str:
    """Return the type of an ARN. The type of a Classic Load Balancer must be given."""
    if identifier.startswith("arn:"):
        return "vpc-lattice" if ":vpc-lattice:" in identifier else "elbv2"
    return ""


def _attach(group: FakeAutoScalingGroup, given: list[dict[str, str]]) -> ActionResult:
    for each in _checked(group, given):
        known = _sources(group).get(each.identifier)
        if known is None or known.state == DETACHING:
            _sources(group)[each.identifier] = each
    return EmptyResult()


def _detach(group: FakeAutoScalingGroup, given: list[dict[str, str]]) -> ActionResult:
    found = _checked(group, given)
    for each in found:
        if each.identifier not in _sources(group):
            noun = "Load Balancers" if each.type == "elb" else "Target Groups"
            raise invalid(f"Trying to remove {noun} that are not part of the group")
    for each in found:
        _sources(group)[each.identifier].state = DETACHING
    return EmptyResult()


def _checked(group: FakeAutoScalingGroup, given: list[dict[str, str]]) -> list[Source]:
    if len(given) > MOST_PER_CALL:
        raise invalid(f"You can specify at most {MOST_PER_CALL} traffic sources in a call, not {len(given)}")
    return [_parse(group, each) for each in given]


def _states(self: AutoScalingResponse, types: tuple[str, ...]) -> tuple[list[Source], Any]:
    """Return a page of the sources in their present state, and complete the changes of these sources."""
    sources = _sources(group_of(self))
    page, token = page_of(self, [each for each in sources.values() if each.type in types], MAX_PAGE, MAX_PAGE)
    present = [Source(each.identifier, each.type, each.state) for each in page]
    for each in page:
        if each.state == DETACHING:
            del sources[each.identifier]
        else:
            each.state = ATTACHED
    return present, token


def _attach_traffic_sources(self: AutoScalingResponse) -> ActionResult:
    return _attach(group_of(self), self._get_param("TrafficSources", []))


def _detach_traffic_sources(self: AutoScalingResponse) -> ActionResult:
    return _detach(group_of(self), self._get_param("TrafficSources", []))


def _describe_traffic_sources(self: AutoScalingResponse) -> ActionResult:
    wanted = self._get_param("TrafficSourceType")
    if wanted not in (None, *TYPES):
        raise invalid(f"The traffic source type {wanted} is not valid. Valid values are: {', '.join(TYPES)}")
    found, token = _states(self, (wanted,) if wanted else TYPES)
    described = [
        {"TrafficSource": each.identifier, "Identifier": each.identifier, "Type": each.type, "State": each.state}
        for each in found
    ]
    return ActionResult({"TrafficSources": described, "NextToken": token})


def _identifiers(self: AutoScalingResponse) -> list[dict[str, str]]:
    return [{"Identifier": each, "Type": "elbv2"} for each in self._get_param("TargetGroupARNs", [])]


def _attach_target_groups(self: AutoScalingResponse) -> ActionResult:
    return _attach(group_of(self), _identifiers(self))


def _detach_target_groups(self: AutoScalingResponse) -> ActionResult:
    return _detach(group_of(self), _identifiers(self))


def _describe_target_groups(self: AutoScalingResponse) -> ActionResult:
    found, token = _states(self, ("elbv2",))
    described = [{"LoadBalancerTargetGroupARN": each.identifier, "State": each.state} for each in found]
    return ActionResult({"LoadBalancerTargetGroups": described, "NextToken": token})
