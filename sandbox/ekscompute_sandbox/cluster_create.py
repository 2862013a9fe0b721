"""CreateCluster, DescribeCluster, ListClusters, and DeleteCluster."""

from __future__ import annotations

import re
import uuid
from contextlib import suppress
from typing import Any

from moto.core.exceptions import ServiceException
from moto.eks.models import CLUSTER_EXISTS_MSG, CLUSTER_IN_USE_MSG

from .access_entries import bootstrap_creator
from .clusters import SandboxCluster, find_cluster
from .errors import eks_error
from .faults import FaultRule
from .operations import operation, page, page_by
from .releases import DEFAULT_VERSION, KUBERNETES_VERSIONS, cluster_versions
from .roles import caller_arn, find_role
from .tags import check_tags
from .world import Context


@operation("CreateCluster")
def create_cluster(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Start to create a cluster. It is CREATING until its transition ends."""
    name = parameters["name"]
    existing = context.eks.clusters.get(name)
    if existing is not None:
        token = parameters.get("clientRequestToken")
        if token and existing.client_request_token == token:
            return {"cluster": find_cluster(context, name).describe()}
        raise eks_error("ResourceInUseException", CLUSTER_EXISTS_MSG.format(clusterName=name), clusterName=name)
    if not re.fullmatch(r"[0-9A-Za-z][A-Za-z0-9\-_]*", name):
        raise eks_error("InvalidParameterException", f"Cluster name {name} has characters that are not allowed")
    check_tags(parameters.get("tags", {}), "InvalidParameterException")
    version = parameters.get("version", DEFAULT_VERSION)
    if version not in KUBERNETES_VERSIONS:
        raise eks_error("InvalidParameterException", f"unsupported Kubernetes version {version}", clusterName=name)
    find_role(context, parameters["roleArn"], "eks.amazonaws.com", "roleArn")
    cluster = SandboxCluster(context, parameters, _vpc_config(context, name, parameters["resourcesVpcConfig"]))
    context.eks.clusters[name] = cluster
    context.eks.cluster_count += 1
    context.eks.by_arn[cluster.arn] = cluster
    creator = cluster.creator = caller_arn(context)

    def finish(rule: FaultRule | None) -> None:
        if rule is not None:
            cluster.status, cluster.health_issues = "FAILED", rule.health_issues
            return
        cluster.status = "ACTIVE"
        context.world.kubernetes.cluster_active(context, cluster)
        if cluster.access_config["bootstrapClusterCreatorAdminPermissions"]:
            bootstrap_creator(context, cluster, creator)

    cluster.transition = context.start("cluster_create", name, finish)
    return {"cluster": cluster.describe()}


def _vpc_config(context: Context, name: str, wanted: dict[str, Any]) -> dict[str, Any]:
    subnet_ids = wanted.get("subnetIds", [])
    if len(subnet_ids) < 2:
        raise eks_error("InvalidParameterException", "Subnets specified must be in at least two different AZs")
    known = context.ec2.describe_subnets()
    subnets = [subnet for subnet in known if subnet.id in subnet_ids]
    missing = sorted(set(subnet_ids) - {subnet.id for subnet in subnets})
    if missing:
        raise eks_error("InvalidParameterException", f"The subnet ID '{missing[0]}' does not exist")
    vpcs = {subnet.vpc_id for subnet in subnets}
    if len(vpcs) > 1:
        raise eks_error("InvalidParameterException", "Subnets specified must be in the same VPC")
    if len({subnet.availability_zone for subnet in subnets}) < 2:
        raise eks_error("InvalidParameterException", "Subnets specified must be in at least two different AZs")
    vpc_id = vpcs.pop()
    group = context.ec2.create_security_group(
        f"eks-cluster-sg-{name}-{uuid.uuid4().hex[:8]}",
        "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes",
        vpc_id=vpc_id,
        tags={"aws:eks:cluster-name": name, f"kubernetes.io/cluster/{name}": "owned"},
    )
    # moto adds the outbound rule for 0.0.0.0/0. The rule for the group itself is for EFA.
    for authorize in (context.ec2.authorize_security_group_ingress, context.ec2.authorize_security_group_egress):
        authorize(group.id, "-1", None, None, [], source_groups=[{"GroupId": group.id}], vpc_id=vpc_id)
    return {
        "subnetIds": subnet_ids,
        "securityGroupIds": wanted.get("securityGroupIds", []),
        "clusterSecurityGroupId": group.id,
        "vpcId": vpc_id,
        "endpointPublicAccess": wanted.get("endpointPublicAccess", True),
        "endpointPrivateAccess": wanted.get("endpointPrivateAccess", False),
        "publicAccessCidrs": wanted.get("publicAccessCidrs", ["0.0.0.0/0"]),
    }


@operation("DescribeCluster")
def describe_cluster(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the current cluster."""
    cluster = find_cluster(context, parameters["name"])
    if cluster.transition is not None:
        cluster.transition.described()
    return {"cluster": find_cluster(context, parameters["name"]).describe()}


@operation("ListClusters")
def list_clusters(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the names of all clusters."""
    return page(list(context.eks.clusters), parameters, "clusters")


@operation("DeleteCluster")
def delete_cluster(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Start to delete the cluster. Fails while node groups or Fargate profiles exist."""
    cluster = find_cluster(context, parameters["name"])
    if cluster.nodegroups:
        names = ",".join(cluster.nodegroups)
        raise eks_error("ResourceInUseException", CLUSTER_IN_USE_MSG, clusterName=cluster.name, nodegroupName=names)
    if cluster.fargate_profiles:
        raise eks_error("ResourceInUseException", "Cluster has fargate profiles attached", clusterName=cluster.name)
    if cluster.deletion_protection:
        raise eks_error("InvalidRequestException", f"Cluster {cluster.name} has deletion protection enabled")
    if cluster.status not in ("ACTIVE", "FAILED"):
        cluster.require_active()
    cluster.status = "DELETING"

    def finish(rule: FaultRule | None) -> None:
        if rule is not None:
            cluster.status, cluster.health_issues = "FAILED", rule.health_issues
            return
        forget_cluster(context, cluster)

    cluster.transition = context.start("cluster_delete", cluster.name, finish)
    return {"cluster": cluster.describe()}


def forget_cluster(context: Context, cluster: SandboxCluster) -> None:
    """Delete the cluster and the resources that EKS created for it."""
    context.world.kubernetes.cluster_gone(cluster)
    context.eks.clusters.pop(cluster.name, None)
    context.eks.cluster_count -= 1
    context.eks.by_arn.pop(cluster.arn, None)
    for entry in cluster.access_entries.values():
        context.eks.by_arn.pop(entry.arn, None)
    group_id = cluster.resources_vpc_config["clusterSecurityGroupId"]
    # It may not exist, or a rule of another group may reference it. EKS does not delete it in this case either.
    with suppress(ServiceException):
        context.ec2.delete_security_group(group_id=group_id)


@operation("DescribeClusterVersions")
def describe_cluster_versions(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the supported Kubernetes versions with their support dates."""
    wanted = parameters.get("clusterVersions")
    status = parameters.get("versionStatus") or parameters.get("status", "").upper().replace("-", "_")
    versions = [
        each
        for each in cluster_versions()
        if (not wanted or each["clusterVersion"] in wanted)
        and (not status or each["versionStatus"] == status)
        and (not parameters.get("defaultOnly") or each["defaultVersion"])
    ]
    versions.sort(key=lambda each: str(each["clusterVersion"]))
    return page_by(versions, parameters, "clusterVersions", lambda each: str(each["clusterVersion"]))
