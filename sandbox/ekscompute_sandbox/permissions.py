"""What a role's policies allow, by moto's own evaluation of each statement."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult


class RolePermissions:
    """A role's policies, attached and inline, within its permissions boundary."""

    def __init__(self, iam: Any, role: Any) -> None:
        self._policies = [IAMPolicy(each) for each in (*role.managed_policies.values(), *role.policies.values())]
        self._boundary: list[IAMPolicy] | None = None
        if role.permissions_boundary_arn:
            limit = iam.managed_policies.get(role.permissions_boundary_arn)
            self._boundary = [IAMPolicy(limit)] if limit is not None else []

    def is_within_boundary(self, action: str, resource: str = "*") -> bool | None:
        """Whether the permissions boundary allows it; None without a boundary."""
        if self._boundary is None:
            return None
        return _combine(self._boundary, action, resource) == PermissionResult.PERMITTED

    def decide(self, action: str, resource: str = "*") -> str:
        """`allowed`, `implicitDeny` or `explicitDeny`, as SimulatePrincipalPolicy puts it."""
        outcomes = [_combine(self._policies, action, resource)]
        if self._boundary is not None:
            outcomes.append(_combine(self._boundary, action, resource))
        if PermissionResult.DENIED in outcomes:
            return "explicitDeny"
        return "allowed" if all(each == PermissionResult.PERMITTED for each in outcomes) else "implicitDeny"


def _combine(policies: Iterable[IAMPolicy], action: str, resource: str) -> PermissionResult:
    results = [policy.is_action_permitted(action, resource) for policy in policies]
    if PermissionResult.DENIED in results:
        return PermissionResult.DENIED
    return PermissionResult.PERMITTED if PermissionResult.PERMITTED in results else PermissionResult.NEUTRAL
