"""The permissions of a role or user, statement by statement. moto matches actions and resources."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterable, Iterator
from typing import Any

from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.iam.models import Policy

Context = dict[str, list[str]]
Statement = dict[str, Any]


class Permissions:
    """The policies of a role or user, limited by its permissions boundary."""

    def __init__(self, policies: Iterable[Any], boundary: list[Any] | None) -> None:
        self._policies = list(_statements(policies))
        self._boundary = None if boundary is None else list(_statements(boundary))

    @classmethod
    def of_role(cls, iam: Any, role: Any) -> Permissions:
        """Return the attached policies, the inline policies, and the boundary."""
        boundary: list[Any] | None = None
        if role.permissions_boundary_arn:
            limit = iam.managed_policies.get(role.permissions_boundary_arn)
            boundary = [limit] if limit is not None else []
        return cls((*role.managed_policies.values(), *role.policies.values()), boundary)

    @classmethod
    def of_user(cls, iam: Any, user: Any) -> Permissions:
        """Return the policies of the user and its groups."""
        owners = (user, *iam.get_groups_for_user(user.name))
        return cls((each for one in owners for each in (*one.managed_policies.values(), *one.policies.values())), None)

    def is_within_boundary(self, action: str, resource: str = "*", context: Context | None = None) -> bool | None:
        """Whether the permissions boundary allows the action. None without a boundary."""
        if self._boundary is None:
            return None
        return _combine(self._boundary, action, resource, context or {}) == PermissionResult.PERMITTED

    def decide(self, action: str, resource: str = "*", context: Context | None = None) -> str:
        """Return `allowed`, `implicitDeny`, or `explicitDeny`, as SimulatePrincipalPolicy does."""
        outcomes = [_combine(self._policies, action, resource, context or {})]
        if self._boundary is not None:
            outcomes.append(_combine(self._boundary, action, resource, context or {}))
        if PermissionResult.DENIED in outcomes:
            return "explicitDeny"
        return "allowed" if all(each == PermissionResult.PERMITTED for each in outcomes) else "implicitDeny"

    def missing_keys(self, action: str, resource: str, context: Context) -> set[str]:
        """Return the context keys that conditions for the action require and that the request does not set."""
        given = {key.lower() for key in context}
        statements = (each for each in self._policies if _applies(each, action, resource))
        return {key for each in statements for _, key, _ in _conditions(each) if key.lower() not in given}


def _statements(policies: Iterable[Any]) -> Iterator[Statement]:
    for policy in policies:
        if isinstance(policy, Policy):
            document = next(version.document for version in policy.versions if version.is_default)
        else:
            document = policy if isinstance(policy, str) else policy["policy_document"]
        statements = json.loads(document)["Statement"]
        yield from statements if isinstance(statements, list) else [statements]


def _combine(statements: list[Statement], action: str, resource: str, context: Context) -> PermissionResult:
    effects = {
        each["Effect"] for each in statements if _applies(each, action, resource) and _conditions_hold(each, context)
    }
    if "Deny" in effects:
        return PermissionResult.DENIED
    return PermissionResult.PERMITTED if "Allow" in effects else PermissionResult.NEUTRAL


def _applies(statement: Statement, action: str, resource: str) -> bool:
    """Whether the statement applies to the action on the resource. moto returns a neutral result if it does not."""
    plain = {name: part for name, part in statement.items() if name != "Condition"}
    return IAMPolicyStatement(plain).is_action_permitted(action, resource) != PermissionResult.NEUTRAL


def _conditions(statement: Statement) -> Iterator[tuple[str, str, list[str]]]:
    """Return the operator, key, and values of each line of the condition block."""
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            yield operator, key, values if isinstance(values, list) else [values]


def _conditions_hold(statement: Statement, context: Context) -> bool:
    return all(_holds(operator, key, values, context) for operator, key, values in _conditions(statement))


def _holds(operator: str, key: str, values: list[str], context: Context) -> bool:
    """Whether a line of a condition block is met: string operators, with `IfExists`, and `Null`."""
    given = next((given for name, given in context.items() if name.lower() == key.lower()), None)
    if operator == "Null":
        return (given is None) == (str(values[0]).lower() == "true")
    name = operator.removesuffix("IfExists")
    if given is None:
        return operator.endswith("IfExists") or name.startswith("StringNot")
    matches = fnmatch.fnmatchcase if name.endswith("Like") else str.__eq__
    found = any(matches(one, str(value)) for one in given for value in values)
    return not found if "Not" in name else found
