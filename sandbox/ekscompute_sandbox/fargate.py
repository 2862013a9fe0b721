"""Fargate profiles: only one per cluster can be CREATING or DELETING at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from moto.eks.models import (
    FARGATE_PROFILE_EXISTS_MSG,
    FARGATE_PROFILE_NEEDS_SELECTOR_MSG,
    FARGATE_PROFILE_NOT_FOUND_MSG,
    FARGATE_PROFILE_SELECTOR_NEEDS_NAMESPACE,
    FARGATE_PROFILE_TOO_MANY_LABELS,
    FargateProfile,
)

from .clusters import SandboxCluster, find_cluster
from .errors import eks_error
from .faults import FaultRule
from .nodegroup_create import issues
from .nodegroup_rules import check_subnets
from .operations import operation, page
from .roles import find_role
from .routes import is_public
from .tags import check_tags
from .transitions import Transition
from .world import Context

MAX_SELECTORS = 5


class SandboxFargateProfile(FargateProfile):
    """The moto profile with a status, health issues, and the token of the request."""

    def __init__(self, context: Context, parameters: dict[str, Any]) -> None:
        super().__init__(
            cluster_name=parameters["clusterName"],
            fargate_profile_name=parameters["fargateProfileName"],
            pod_execution_role_arn=parameters["podExecutionRoleArn"],
            selectors=parameters["selectors"],
            account_id=context.account,
            region_name=context.region,
            aws_partition=context.eks.partition,
            client_request_token=parameters.get("clientRequestToken"),
            subnets=parameters.get("subnets", []),
            tags=dict(parameters.get("tags", {})),
        )
        self.status = "CREATING"
        # Times of moto have no time zone and would be read as local times.
        self.created_at = datetime.now(UTC)
        self.health_issues: list[dict[str, Any]] = []
        self.transition: Transition | None = None

    def describe(self) -> dict[str, Any]:
        """Return the FargateProfile shape of the API."""
        return {
            "fargateProfileName": self.fargate_profile_name,
            "fargateProfileArn": self.fargate_profile_arn,
            "clusterName": self.cluster_name,
            "createdAt": self.created_at.timestamp(),
            "podExecutionRoleArn": self.pod_execution_role_arn,
            "subnets": self.subnets,
            "selectors": self.selectors,
            "status": self.status,
            "tags": self.tags,
            "health": {"issues": self.health_issues},
        }


def find_profile(context: Context, cluster_name: str, name: str) -> SandboxFargateProfile:
    """Return the profile, or raise an error if it does not exist."""
    profile = find_cluster(context, cluster_name).fargate_profiles.get(name)
    if profile is None:
        raise eks_error(
            "ResourceNotFoundException",
            FARGATE_PROFILE_NOT_FOUND_MSG.format(fargateProfileName=name),
            clusterName=cluster_name,
            fargateProfileName=name,
        )
    return profile


def forget_profile(context: Context, profile: SandboxFargateProfile) -> None:
    """Remove all data of the profile."""
    cluster = find_cluster(context, profile.cluster_name)
    if profile.transition is not None:
        profile.transition.abandon()
    cluster.fargate_profiles.pop(profile.fargate_profile_name, None)
    cluster.fargate_profile_count -= 1
    context.eks.by_arn.pop(profile.fargate_profile_arn, None)
    role = profile.pod_execution_role_arn
    if all(other.pod_execution_role_arn != role for other in cluster.fargate_profiles.values()):
        context.world.kubernetes.role_unused(cluster, role)


def _refuse_busy(cluster: SandboxCluster) -> None:
    for profile in cluster.fargate_profiles.values():
        if profile.status in ("CREATING", "DELETING"):
            raise eks_error(
                "ResourceInUseException",
                f"Cannot perform the operation: cluster {cluster.name} currently has Fargate profile "
                f"{profile.fargate_profile_name} in status {profile.status}",
                clusterName=cluster.name,
            )


@operation("CreateFargateProfile")
def create_fargate_profile(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Start to create a profile. Fails while another profile of the cluster is being created or deleted."""
    cluster, name = find_cluster(context, parameters["clusterName"]), parameters["fargateProfileName"]
    existing, token = cluster.fargate_profiles.get(name), parameters.get("clientRequestToken")
    if existing is not None:
        if token and existing.client_request_token == token:
            return {"fargateProfile": existing.describe()}
        raise eks_error("ResourceInUseException", FARGATE_PROFILE_EXISTS_MSG, clusterName=cluster.name)
    cluster.require_active()
    _refuse_busy(cluster)
    _check(context, cluster, parameters)
    profile = SandboxFargateProfile(context, {"subnets": _private_subnets(context, cluster), **parameters})
    cluster.fargate_profiles[name] = profile
    cluster.fargate_profile_count += 1
    context.eks.by_arn[profile.fargate_profile_arn] = profile
    context.world.kubernetes.role_used(cluster, profile.pod_execution_role_arn, fargate=True)

    def finish(rule: FaultRule | None) -> None:
        profile.status = "ACTIVE" if rule is None else "CREATE_FAILED"
        profile.health_issues = [] if rule is None else issues(rule)

    profile.transition = context.start("fargate_create", f"{cluster.name}/{name}", finish)
    return {"fargateProfile": profile.describe()}


def _check(context: Context, cluster: SandboxCluster, parameters: dict[str, Any]) -> None:
    name, limit = parameters["fargateProfileName"], context.world.settings.max_fargate_profiles
    if name.startswith("eks-"):
        raise eks_error("InvalidParameterException", f"The Fargate profile name {name} must not begin with eks-")
    if len(cluster.fargate_profiles) >= limit:
        raise eks_error(
            "ResourceLimitExceededException",
            f"Cannot create more than {limit} Fargate profiles in cluster {cluster.name}",
        )
    check_tags(parameters.get("tags", {}), "InvalidParameterException")
    selectors = parameters.get("selectors", [])
    if not selectors:
        raise eks_error("InvalidParameterException", FARGATE_PROFILE_NEEDS_SELECTOR_MSG)
    if len(selectors) > MAX_SELECTORS:
        raise eks_error("InvalidParameterException", f"Fargate Profile can have at most {MAX_SELECTORS} selectors.")
    for selector in selectors:
        if not selector.get("namespace"):
            raise eks_error("InvalidParameterException", FARGATE_PROFILE_SELECTOR_NEEDS_NAMESPACE)
        if len(selector.get("labels", {})) > MAX_SELECTORS:
            raise eks_error("InvalidParameterException", FARGATE_PROFILE_TOO_MANY_LABELS)
    find_role(context, parameters["podExecutionRoleArn"], "eks-fargate-pods.amazonaws.com", "podExecutionRoleArn")
    if "subnets" in parameters:
        check_subnets(context, cluster, parameters["subnets"])
        for subnet_id in parameters["subnets"]:
            if is_public(context, subnet_id):
                raise eks_error(
                    "InvalidParameterException",
                    f"Subnet {subnet_id} provided in Fargate Profile is not a private subnet",
                )


def _private_subnets(context: Context, cluster: SandboxCluster) -> list[str]:
    subnets = cluster.resources_vpc_config["subnetIds"]
    return [subnet for subnet in subnets if not is_public(context, subnet)]


@operation("DescribeFargateProfile")
def describe_fargate_profile(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the current profile. Counts as a describe call for its transition."""
    cluster_name, name = parameters["clusterName"], parameters["fargateProfileName"]
    profile = find_profile(context, cluster_name, name)
    if profile.transition is not None:
        profile.transition.described()
        profile = find_profile(context, cluster_name, name)
    return {"fargateProfile": profile.describe()}


@operation("ListFargateProfiles")
def list_fargate_profiles(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the names of the profiles of the cluster."""
    names = list(find_cluster(context, parameters["clusterName"]).fargate_profiles)
    return page(names, parameters, "fargateProfileNames")


@operation("DeleteFargateProfile")
def delete_fargate_profile(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Start to delete the profile. Fails while another profile of the cluster is being created or deleted."""
    cluster = find_cluster(context, parameters["clusterName"])
    profile = find_profile(context, cluster.name, parameters["fargateProfileName"])
    _refuse_busy(cluster)
    profile.status = "DELETING"

    def finish(rule: FaultRule | None) -> None:
        if rule is not None:
            profile.status, profile.health_issues = "DELETE_FAILED", issues(rule)
            return
        forget_profile(context, profile)

    target = f"{cluster.name}/{profile.fargate_profile_name}"
    profile.transition = context.start("fargate_delete", target, finish)
    return {"fargateProfile": profile.describe()}
