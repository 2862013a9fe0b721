"""The resources of the account that the selector terms of a node class select."""

from __future__ import annotations

from typing import Any

from moto.iam.models import iam_backends

from .. import moto_extras
from ..world import Context

Term = dict[str, Any]


def subnets(context: Context, terms: list[Term]) -> list[dict[str, str]]:
    """Return the subnets that any term selects, as in the status."""
    found = [each for each in context.ec2.describe_subnets() if _any(context, terms, each.id)]
    found.sort(key=lambda subnet: (-subnet.available_ip_address_count, subnet.id))
    return [{"id": each.id, "zone": each.availability_zone, "zoneID": each.availability_zone_id} for each in found]


def security_groups(context: Context, terms: list[Term]) -> list[dict[str, str]]:
    """Return the security groups that any term selects, as in the status."""
    found = [each for each in context.ec2.describe_security_groups() if _any(context, terms, each.id, each.name)]
    return [{"id": each.id, "name": each.name} for each in sorted(found, key=lambda group: group.id)]


def capacity_reservations(context: Context, terms: list[Term]) -> list[dict[str, str]]:
    """Return the capacity reservations that any term selects, as in the status."""
    known = moto_extras.reservations(context.ec2)
    return [
        {
            "id": id,
            "availabilityZone": each["AvailabilityZone"],
            "instanceMatchCriteria": each["InstanceMatchCriteria"],
            "instanceType": each["InstanceType"],
            "ownerID": each["OwnerId"],
            "reservationType": each["ReservationType"],
            "state": each["State"],
        }
        for id, each in sorted(known.items())
        if _any(context, terms, id)
    ]


def role_exists(context: Context, name: str) -> bool:
    """Whether the role exists in IAM."""
    return any(role.name == name for role in iam_backends[context.account][context.eks.partition].get_roles())


def matches_tags(context: Context, wanted: dict[str, str], id: str) -> bool:
    """Whether a resource has all these tags. `*` matches any value."""
    tags = context.ec2.tags.get(id, {})
    return all(key in tags and value in ("*", tags[key]) for key, value in wanted.items())


def _any(context: Context, terms: list[Term], id: str, name: str = "") -> bool:
    return any(_selects(context, term, id, name) for term in terms)


def _selects(context: Context, term: Term, id: str, name: str) -> bool:
    # An ID takes precedence over tags, which are ignored.
    if "id" in term:
        return bool(term["id"] == id)
    if "name" in term:
        return bool(term["name"] == name)
    return matches_tags(context, term.get("tags", {}), id)
