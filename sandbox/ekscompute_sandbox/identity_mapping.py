"""From a caller's ARN to a Kubernetes user: access entries and aws-auth, in the order of the authentication mode."""

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
# Cluster roles that stand for EKS's access policies; bound to groups of these names (see `policy_groups`).
POLICY_ROLES = {
    "AmazonEKSAdminPolicy": "admin",
    "AmazonEKSEditPolicy": "edit",
    "AmazonEKSViewPolicy": "view",
    "AmazonEKSAdminViewPolicy": "view",
}
POLICY_GROUP = "sandbox:policy"
_INSTANCE = re.compile(r"i-(\w{8}|\w{17})")


class LoginRefused(Exception):
    """The caller is known and cannot be mapped."""


@dataclass(slots=True)
class Mapping:
    """One mapping before its templates are filled in."""

    username: str
    groups: list[str] = field(default_factory=list)


@dataclass(slots=True)
class AwsAuth:
    """What the authenticator keeps of the ConfigMap: parts that do not parse are as good as absent."""

    roles: dict[str, Mapping] = field(default_factory=dict)
    users: dict[str, Mapping] = field(default_factory=dict)
    accounts: list[str] = field(default_factory=list)

    @classmethod
    def parse(cls, data: dict[str, str]) -> AwsAuth:
        """Read the ConfigMap's data; a later entry of the same ARN replaces an earlier one."""
        accounts = _load(data.get("mapAccounts", ""))
        return cls(
            _mappings(data.get("mapRoles", ""), "rolearn"),
            _mappings(data.get("mapUsers", ""), "userarn"),
            [str(each) for each in accounts],
        )

    def find(self, caller: Caller) -> Mapping | None:
        """Roles before users before accounts; ARNs are compared without case."""
        arn = caller.canonical_arn.lower()
        found = self.roles.get(arn) or self.users.get(arn)
        if found is None and caller.account in self.accounts:
            found = Mapping(caller.canonical_arn)
        return found


def _load(text: str) -> list[Any]:
    try:
        # The first document counts; YAML 1.1 as in Go's parser.
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
    """The access entry of the caller. Its principal has a role's path, a caller's ARN never has."""
    for principal, entry in cluster.access_entries.items():
        prefix, role, name = principal.partition(":role/")
        if prefix + role + name.rpartition("/")[2] == caller.canonical_arn if role else principal == caller.arn:
            groups = NODE_GROUPS.get(entry.type, entry.groups)
            return Mapping(entry.username, [*groups, *policy_groups(entry.policies)])
    return None


def policy_groups(policies: dict[str, dict[str, Any]]) -> list[str]:
    """Groups that carry what access policies allow: `sandbox:policy:ROLE` and `sandbox:policy:ROLE:NAMESPACE`."""
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
    """Fill in the templates; raises LoginRefused when a node's name cannot be found out."""

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
