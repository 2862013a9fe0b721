"""Maps the ARN of a caller to a Kubernetes user: access entries and aws-auth, as the authentication mode requires."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

from .bearer_tokens import Caller

NODE_GROUPS = {
    "EC2_LINUX": ["system:nodes"],
    "EC2_WINDOWS": ["system:nodes", "eks:kube-proxy-windows"],
    "EC2": ["system:nodes"],
    "FARGATE_LINUX": ["system:nodes", "system:node-proxier"],
    "HYBRID_LINUX": ["system:nodes"],
    "HYPERPOD_LINUX": ["system:nodes"],
}
# Cluster roles that correspond to EKS access policies, bound to groups with these names (see `policy_groups`).
POLICY_ROLES = {
    "AmazonEKSAdminPolicy": "admin",
    "AmazonEKSEditPolicy": "edit",
    "AmazonEKSViewPolicy": "view",
    "AmazonEKSAdminViewPolicy": "view",
}
POLICY_GROUP = "sandbox:policy"
_INSTANCE = re.compile(r"i-(\w{8}|\w{17})")


class LoginRefused(Exception):
    """The caller is authenticated but cannot be mapped."""


@dataclass(slots=True)
class Mapping:
    """A mapping before its templates are replaced."""

    username: str
    groups: list[str] = field(default_factory=list)


@dataclass(slots=True)
class AwsAuth:
    """The parsed ConfigMap. Parts that cannot be parsed are treated as missing."""

    roles: dict[str, Mapping] = field(default_factory=dict)
    users: dict[str, Mapping] = field(default_factory=dict)
    accounts: list[str] = field(default_factory=list)

    @classmethod
    def parse(cls, data: dict[str, str]) -> AwsAuth:
        """Parse the data of the ConfigMap. A later entry of the same ARN replaces an earlier one."""
        accounts = _load(data.get("mapAccounts", ""))
        return cls(
            _mappings(data.get("mapRoles", ""), "rolearn"),
            _mappings(data.get("mapUsers", ""), "userarn"),
            [str(each) for each in accounts],
        )

    def find(self, caller: Caller) -> Mapping | None:
        """Look up roles, then users, then accounts. ARNs are compared without case."""
        arn = caller.canonical_arn.lower()
        found = self.roles.get(arn) or self.users.get(arn)
        if found is None and caller.account in self.accounts:
            found = Mapping(caller.canonical_arn)
        return found


def _load(text: str) -> list[Any]:
    try:
        # Only the first document is used. YAML 1.1, as in the Go parser.
        value = next(iter(yaml.safe_load_all(text)), None)
    except yaml.YAMLError:
        return []
    return value if isinstance(value, list) else []


def _mappings(text: str, key: str) -> dict[str, Mapping]:
    found = {}
    for entry in _load(text):
        if not isinstance(entry, dict):
            continue
        fields = {str(name).lower(): entry[name] for name in sorted(entry, key=str)}
        arn, username, groups = fields.get(key), fields.get("username"), fields.get("groups")
        if not isinstance(arn, str) or not arn:
            continue
        names = [each if isinstance(each, str) else "" for each in groups] if isinstance(groups, list) else []
        found[arn.lower()] = Mapping(username if isinstance(username, str) else "", names)
    return found


def entry_for(cluster: Any, caller: Caller) -> Mapping | None:
    """Return the access entry of the caller. The ARN of its principal has a path, the ARN of a caller does not."""
    for principal, entry in cluster.access_entries.items():
        prefix, role, name = principal.partition(":role/")
        if prefix + role + name.rpartition("/")[2] == caller.canonical_arn if role else principal == caller.arn:
            groups = NODE_GROUPS.get(entry.type, entry.groups)
            return Mapping(entry.username, [*groups, *policy_groups(entry.policies)])
    return None


def policy_groups(policies: dict[str, dict[str, Any]]) -> list[str]:
    """Return the groups for access policies: `sandbox:policy:ROLE` and `sandbox:policy:ROLE:NAMESPACE`."""
    groups = []
    for arn, association in policies.items():
        name, scope = arn.rpartition("/")[2], association["accessScope"]
        role = POLICY_ROLES.get(name)
        if name == "AmazonEKSClusterAdminPolicy" and scope["type"] == "cluster":
            groups.append("system:masters")
        elif role is not None and scope["type"] == "cluster":
            groups.append(f"{POLICY_GROUP}:{role}")
        elif role is not None:
            groups += [f"{POLICY_GROUP}:{role}:{namespace}" for namespace in scope["namespaces"]]
    return groups


def render(mapping: Mapping, caller: Caller, private_dns: Callable[[str], str | None]) -> Mapping:
    """Replace the templates. Raises LoginRefused if the name of a node cannot be determined."""

    def fill(text: str) -> str:
        if "{{EC2PrivateDNSName}}" in text:
            name = private_dns(caller.session_name) if _INSTANCE.fullmatch(caller.session_name) else None
            if name is None:
                raise LoginRefused(f"no instance {caller.session_name!r} for {{{{EC2PrivateDNSName}}}}")
            text = text.replace("{{EC2PrivateDNSName}}", name)
        return (
            text.replace("{{AccountID}}", caller.account)
            .replace("{{SessionName}}", caller.session_name.replace("@", "-"))
            .replace("{{SessionNameRaw}}", caller.session_name)
            .replace("{{AccessKeyID}}", caller.access_key)
        )

    return Mapping(fill(mapping.username), [fill(group) for group in mapping.groups])
