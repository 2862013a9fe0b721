"""What the operations have in common: the group of a request, its errors, and pages of results."""

from __future__ import annotations

from typing import Any, TypeVar

from moto.autoscaling.exceptions import AutoscalingClientError
from moto.autoscaling.models import FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse

Item = TypeVar("Item")


def invalid(message: str) -> AutoscalingClientError:
    """Return a ValidationError, the code of most errors of the service."""
    return AutoscalingClientError("ValidationError", message)


def group_of(response: AutoScalingResponse) -> FakeAutoScalingGroup:
    """Return the group of the request. Raises a ValidationError if it does not exist."""
    group = response.autoscaling_backend.autoscaling_groups.get(response._get_param("AutoScalingGroupName"))
    if group is None:
        raise invalid("AutoScalingGroup name not found - null")
    return group


def page_of(response: AutoScalingResponse, items: list[Item], default: int, most: int) -> tuple[list[Item], Any]:
    """Return one page, and the token of the next page or None."""
    size, token = response._get_int_param("MaxRecords", default), response._get_param("NextToken") or "0"
    if not 1 <= size <= most:
        raise invalid(f"The MaxRecords value {size} is not within 1 and {most}")
    if not token.isdigit():
        raise AutoscalingClientError("InvalidNextToken", "The token is not valid")
    end = int(token) + size
    return items[int(token) : end], str(end) if end < len(items) else None


def names_in(response: AutoScalingResponse, parameter: str, known: tuple[str, ...]) -> list[str]:
    """Return the names in a list of the request, or all known names if the list is omitted."""
    names = response._get_param(parameter, [])
    check_names(parameter, names, known)
    return list(names or known)


def check_names(parameter: str, names: list[str], known: tuple[str, ...]) -> None:
    """Raise a ValidationError for unknown names."""
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise invalid(f"Unknown values in {parameter}: {', '.join(unknown)}. Valid values are: {', '.join(known)}")
