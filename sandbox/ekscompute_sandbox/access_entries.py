"""Access entries and their access policies."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends

from .clusters import SandboxCluster, find_cluster
from .errors import eks_error
from .operations import operation, page, page_by
from .releases import is_windows
from .world import Context

TYPES = ("STANDARD", "EC2_LINUX", "EC2_WINDOWS", "EC2", "FARGATE_LINUX", "HYBRID_LINUX", "HYPERPOD_LINUX")
POLICIES = (
    "AmazonEKSAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSAutoNodePolicy",
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSViewPolicy",
)
_PRINCIPAL = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):(root|role/.+|user/.+)")
_RESERVED_USERNAMES = ("system:", "eks:", "aws:", "amazon:", "iam:")


@dataclass(slots=True)
class AccessEntry:
    """An entry of a principal. `policies` is by policy ARN. `made_by_eks` entries are deleted with their last owner."""

    cluster_name: str
    principal_arn: str
    arn: str
    type: str
    groups: list[str]
    username: str
    tags: dict[str, str]
    made_by_eks: bool = False
    request_token: str = ""
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    modified_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def describe(self) -> dict[str, Any]:
        """Return the AccessEntry shape of the API."""
        return {
            "clusterName": self.cluster_name,
            "principalArn": self.principal_arn,
            "kubernetesGroups": self.groups,
            "accessEntryArn": self.arn,
            "createdAt": self.created_at,
            "modifiedAt": self.modified_at,
            "tags": self.tags,
            "username": self.username,
            "type": self.type,
        }


def _new_entry(context: Context, cluster: SandboxCluster, principal: str, type_: str, username: str) -> AccessEntry:
    kind, _, name = principal.split(":", 5)[5].partition("/")
    resource = f"access-entry/{cluster.name}/{kind}/{context.account}/{name or 'root'}/{uuid.uuid4()}"
    entry = AccessEntry(cluster.name, principal, context.arn("eks", resource), type_, [], username, {})
    cluster.access_entries[principal] = entry
    context.eks.by_arn[entry.arn] = entry
    return entry


def bootstrap_creator(context: Context, cluster: SandboxCluster, principal: str) -> None:
    """Create the administrator entry of the cluster creator, as for a new cluster."""
    if cluster.access_config["authenticationMode"] == "CONFIG_MAP" or principal in cluster.access_entries:
        return
    entry = _new_entry(context, cluster, principal, "STANDARD", principal)
    policy = f"arn:{context.eks.partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
    entry.policies[policy] = _association(policy, {"type": "cluster", "namespaces": []})


def enable_entries(context: Context, cluster: SandboxCluster) -> None:
    """Create the entries that EKS creates when a cluster leaves the mode CONFIG_MAP."""
    if cluster.creator and cluster.access_config.get("bootstrapClusterCreatorAdminPermissions", True):
        bootstrap_creator(context, cluster, cluster.creator)
    for nodegroup in cluster.nodegroups.values():
        register_node_role(context, cluster, nodegroup)


def register_node_role(context: Context, cluster: SandboxCluster, nodegroup: Any) -> None:
    """Create the entry for the role of a node group, unless the cluster only uses the ConfigMap."""
    role = nodegroup.node_role
    context.world.kubernetes.role_used(cluster, role, windows=is_windows(nodegroup.ami_type))
    if cluster.access_config["authenticationMode"] == "CONFIG_MAP" or role in cluster.access_entries:
        return
    type_ = "EC2_WINDOWS" if is_windows(nodegroup.ami_type) else "EC2_LINUX"
    entry = _new_entry(context, cluster, role, type_, "system:node:{{EC2PrivateDNSName}}")
    entry.made_by_eks, entry.groups = True, ["system:nodes"]


def forget_node_role(context: Context, cluster: SandboxCluster, role: str) -> None:
    """Delete the entry that EKS created when no node group uses the role any longer."""
    # A cluster deletes its node groups one by one. Stopping at the first other node group avoids a full scan.
    if any(other.node_role == role for other in cluster.nodegroups.values()):
        return
    context.world.kubernetes.role_unused(cluster, role)
    entry = cluster.access_entries.get(role)
    if entry is None or not entry.made_by_eks:
        return
    del cluster.access_entries[role]
    context.eks.by_arn.pop(entry.arn, None)


def _ready_cluster(context: Context, name: str) -> SandboxCluster:
    cluster = find_cluster(context, name)
    if cluster.access_config["authenticationMode"] == "CONFIG_MAP":
        raise eks_error(
            "InvalidRequestException",
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this "
            "operation.",
            clusterName=name,
        )
    return cluster


def find_entry(context: Context, cluster_name: str, principal: str) -> AccessEntry:
    """Return the entry, or raise ResourceNotFoundException."""
    entry = _ready_cluster(context, cluster_name).access_entries.get(principal)
    if entry is None:
        raise eks_error("ResourceNotFoundException", f"The specified principalArn could not be found: {principal}")
    return entry


@operation("CreateAccessEntry")
def create_access_entry(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Create an entry immediately, as AWS does."""
    cluster = _ready_cluster(context, parameters["clusterName"])
    principal, type_ = parameters["principalArn"], parameters.get("type", "STANDARD")
    groups, username = parameters.get("kubernetesGroups", []), parameters.get("username", "")
    token = parameters.get("clientRequestToken", "")
    existing = cluster.access_entries.get(principal)
    if existing is not None and token and existing.request_token == token:
        return {"accessEntry": existing.describe()}
    if type_ not in TYPES:
        raise eks_error("InvalidParameterException", f"The specified type is invalid: {type_}")
    _check_principal(context, principal, type_)
    _check_identity(type_, groups, username)
    if existing is not None:
        raise eks_error(
            "ResourceInUseException",
            "The specified access entry resource is already in use on this cluster.",
            clusterName=cluster.name,
        )
    entry = _new_entry(context, cluster, principal, type_, username or _default_username(principal, type_))
    entry.groups = list(groups) if type_ == "STANDARD" else ["system:nodes"]
    entry.tags, entry.request_token = dict(parameters.get("tags", {})), token
    return {"accessEntry": entry.describe()}


def _check_principal(context: Context, principal: str, type_: str) -> None:
    match = _PRINCIPAL.fullmatch(principal)
    if not match or "/aws-service-role/" in principal:
        raise eks_error("InvalidParameterException", "The specified principalArn is invalid: invalid principal.")
    iam = iam_backends[context.account][context.eks.partition]
    try:
        if match[2].startswith("role/"):
            iam.get_role_by_arn(principal)
        elif match[2].startswith("user/"):
            iam.get_user(principal.rsplit("/", 1)[1])
    except NotFoundException:
        raise eks_error(
            "InvalidParameterException", "The specified principalArn is invalid: invalid principal."
        ) from None
    if type_ != "STANDARD" and (match[1] != context.account or not match[2].startswith("role/")):
        raise eks_error("InvalidParameterException", f"An entry of type {type_} requires a role in this account")


def _check_identity(type_: str, groups: list[str], username: str) -> None:
    if type_ != "STANDARD" and (groups or username):
        raise eks_error(
            "InvalidParameterException", f"kubernetesGroups and username cannot be specified with type {type_}"
        )
    if username.startswith(_RESERVED_USERNAMES):
        raise eks_error("InvalidParameterException", f"The username {username} begins with a reserved prefix")
    if any(group.startswith("system:") for group in groups):
        raise eks_error("InvalidParameterException", "The kubernetes group name must not begin with system:")


def _default_username(principal: str, type_: str) -> str:
    if type_ == "FARGATE_LINUX":
        return "system:node:{{SessionName}}"
    if type_ != "STANDARD":
        return "system:node:{{EC2PrivateDNSName}}"
    if ":role/" in principal:
        account, name = principal.split(":")[4], principal.rsplit("/", 1)[1]
        return f"arn:aws:sts::{account}:assumed-role/{name}/{{{{SessionName}}}}"
    return principal


@operation("DescribeAccessEntry")
def describe_access_entry(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Describe one entry."""
    return {"accessEntry": find_entry(context, parameters["clusterName"], parameters["principalArn"]).describe()}


@operation("ListAccessEntries")
def list_access_entries(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """List principals, optionally only those with a policy."""
    cluster = _ready_cluster(context, parameters["clusterName"])
    policy = parameters.get("associatedPolicyArn")
    principals = [
        principal for principal, entry in cluster.access_entries.items() if policy is None or policy in entry.policies
    ]
    return page(principals, parameters, "accessEntries")


@operation("UpdateAccessEntry")
def update_access_entry(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Replace the groups or the user name."""
    entry = find_entry(context, parameters["clusterName"], parameters["principalArn"])
    groups, username = parameters.get("kubernetesGroups", []), parameters.get("username", "")
    _check_identity(entry.type, groups, username)
    if "kubernetesGroups" in parameters:
        entry.groups = list(groups)
    entry.username = username or entry.username
    entry.modified_at = datetime.now(UTC)
    return {"accessEntry": entry.describe()}


@operation("DeleteAccessEntry")
def delete_access_entry(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Delete the entry immediately."""
    entry = find_entry(context, parameters["clusterName"], parameters["principalArn"])
    del find_cluster(context, entry.cluster_name).access_entries[entry.principal_arn]
    context.eks.by_arn.pop(entry.arn, None)
    return {}


@operation("ListAccessPolicies")
def list_access_policies(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """List all access policies."""
    arn = f"arn:{context.eks.partition}:eks::aws:cluster-access-policy/"
    policies = [{"name": name, "arn": arn + name} for name in POLICIES]
    return page_by(policies, parameters, "accessPolicies", lambda each: str(each["name"]))


def _association(policy: str, scope: dict[str, Any]) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {"policyArn": policy, "accessScope": scope, "associatedAt": now, "modifiedAt": now}


@operation("AssociateAccessPolicy")
def associate_access_policy(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Associate a policy. Repeating the call overwrites the scope."""
    entry = find_entry(context, parameters["clusterName"], parameters["principalArn"])
    policy, scope = parameters["policyArn"], parameters["accessScope"]
    name = policy.rpartition("/")[2]
    if name not in POLICIES or ":eks::aws:cluster-access-policy/" not in policy:
        raise eks_error("InvalidParameterException", f"The specified policyArn is invalid: {policy}")
    wanted = "AmazonEKSAutoNodePolicy" if entry.type == "EC2" else ""
    if entry.type not in ("STANDARD", "EC2") or (wanted and name != wanted):
        raise eks_error("InvalidRequestException", f"Policy {name} cannot be used with an entry of type {entry.type}")
    namespaces = scope.get("namespaces", [])
    if (scope.get("type") == "namespace") != bool(namespaces):
        raise eks_error("InvalidParameterException", "namespaces are required with scope type namespace, and only then")
    before = entry.policies.get(policy)
    association = _association(policy, {"type": scope["type"], "namespaces": namespaces})
    if before is not None:
        association["associatedAt"] = before["associatedAt"]
    entry.policies[policy] = association
    return {
        "clusterName": entry.cluster_name,
        "principalArn": entry.principal_arn,
        "associatedAccessPolicy": association,
    }


@operation("DisassociateAccessPolicy")
def disassociate_access_policy(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Remove an association."""
    entry = find_entry(context, parameters["clusterName"], parameters["principalArn"])
    if entry.policies.pop(parameters["policyArn"], None) is None:
        raise eks_error("ResourceNotFoundException", f"No association found for policy {parameters['policyArn']}")
    return {}


@operation("ListAssociatedAccessPolicies")
def list_associated_access_policies(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """List the policies of the entry with their scopes."""
    entry = find_entry(context, parameters["clusterName"], parameters["principalArn"])
    policies = [entry.policies[arn] for arn in sorted(entry.policies)]
    result = page_by(policies, parameters, "associatedAccessPolicies", lambda each: str(each["policyArn"]))
    return {"clusterName": entry.cluster_name, "principalArn": entry.principal_arn, **result}
