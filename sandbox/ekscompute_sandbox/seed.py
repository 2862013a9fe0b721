"""Creates a standard account without waiting: network, roles, a cluster, and node groups."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from moto.core.utils import utcnow
from moto.iam.models import iam_backends

from .cluster_create import create_cluster
from .clusters import SandboxCluster, find_cluster
from .fargate import create_fargate_profile
from .nodegroup_create import build, finish_create
from .world import Context

NODE_POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy")


@dataclass(slots=True)
class Plan:
    """The parameters. All members have defaults."""

    cluster: str = "demo"
    version: str = "1.33"
    authentication_mode: str = "API_AND_CONFIG_MAP"
    cluster_config: dict[str, Any] = field(default_factory=dict)
    zones: int = 2
    nodegroups: int = 0
    nodegroup_prefix: str = "workers-"
    nodegroup: dict[str, Any] = field(default_factory=dict)
    fargate_profiles: list[str] = field(default_factory=list)
    endpoint: str = ""
    certificate_authority: str = ""
    account: str = "123456789012"
    region: str = "us-east-1"

    @classmethod
    def parse(cls, description: dict[str, Any]) -> Plan:
        """Parse JSON. Raises ValueError for an unknown member."""
        unknown = sorted(set(description) - set(cls.__dataclass_fields__))
        if unknown:
            raise ValueError(f"unknown members of a seed: {', '.join(unknown)}")
        return cls(**description)


def seed(context: Context, plan: Plan) -> dict[str, Any]:
    """Create everything and return its IDs. An existing cluster is used with its network."""
    if plan.cluster in context.eks.clusters:
        cluster = find_cluster(context, plan.cluster)
        result = dict(cluster.seeded)
    else:
        result = _network(context, plan)
        result.update(_roles(context, plan))
        cluster = _cluster(context, plan, result)
        cluster.seeded = dict(result)
    if plan.endpoint:
        cluster.endpoint = plan.endpoint
    if plan.certificate_authority:
        cluster.certificate_authority = {"data": plan.certificate_authority}
    result["nodegroups"] = _nodegroups(context, plan, cluster, result)
    for name in plan.fargate_profiles:
        create_fargate_profile(
            context,
            {
                "clusterName": cluster.name,
                "fargateProfileName": name,
                "podExecutionRoleArn": result["fargate_role_arn"],
                "subnets": result["private_subnet_ids"],
                "selectors": [{"namespace": name}],
            },
        )
        profile = cluster.fargate_profiles[name]
        if profile.transition is not None:
            profile.transition.end()
    result.update(
        cluster=cluster.name,
        cluster_arn=cluster.arn,
        cluster_security_group_id=cluster.resources_vpc_config["clusterSecurityGroupId"],
        version=cluster.version,
        endpoint=cluster.endpoint,
        region=context.region,
        account=context.account,
    )
    return result


def _network(context: Context, plan: Plan) -> dict[str, Any]:
    """Create a VPC with a public and a private subnet in each zone, an internet gateway, and a NAT gateway."""
    ec2, name = context.ec2, plan.cluster
    vpc = ec2.create_vpc("10.0.0.0/16", tags=[{"Key": "Name", "Value": f"{name}-vpc"}])
    ec2.modify_vpc_attribute(vpc.id, "enable_dns_support", True)
    ec2.modify_vpc_attribute(vpc.id, "enable_dns_hostnames", True)
    # A new VPC has default DHCP options at AWS, but not in moto.
    ec2.associate_dhcp_options(ec2.create_dhcp_options(domain_name_servers=["AmazonProvidedDNS"]), vpc)
    gateway = ec2.create_internet_gateway()
    ec2.attach_internet_gateway(gateway.id, vpc.id)
    public_table, private_table = ec2.create_route_table(vpc.id), ec2.create_route_table(vpc.id)
    ec2.create_route(public_table.id, "0.0.0.0/0", gateway_id=gateway.id)
    public, private = [], []
    for index in range(plan.zones):
        zone = f"{context.region}{'abcdef'[index]}"
        outer = ec2.create_subnet(vpc.id, f"10.0.{index}.0/24", availability_zone=zone)
        ec2.modify_subnet_attribute(outer.id, "map_public_ip_on_launch", True)
        ec2.associate_route_table(public_table.id, subnet_id=outer.id)
        inner = ec2.create_subnet(vpc.id, f"10.0.{64 + 32 * index}.0/19", availability_zone=zone)
        ec2.associate_route_table(private_table.id, subnet_id=inner.id)
        public.append(outer.id)
        private.append(inner.id)
    address = ec2.allocate_address("vpc")
    nat = ec2.create_nat_gateway(public[0], address.allocation_id)
    ec2.create_route(private_table.id, "0.0.0.0/0", nat_gateway_id=nat.id)
    return {
        "vpc_id": vpc.id,
        "public_subnet_ids": public,
        "private_subnet_ids": private,
        "internet_gateway_id": gateway.id,
        "nat_gateway_id": nat.id,
        "public_route_table_id": public_table.id,
        "private_route_table_id": private_table.id,
    }


def _roles(context: Context, plan: Plan) -> dict[str, str]:
    cluster = _role(context, f"{plan.cluster}-cluster", "eks.amazonaws.com", ("AmazonEKSClusterPolicy",))
    node = _role(context, f"{plan.cluster}-node", "ec2.amazonaws.com", NODE_POLICIES)
    fargate = _role(
        context,
        f"{plan.cluster}-fargate",
        "eks-fargate-pods.amazonaws.com",
        ("AmazonEKSFargatePodExecutionRolePolicy",),
    )
    return {"cluster_role_arn": cluster, "node_role_arn": node, "fargate_role_arn": fargate}


def _role(context: Context, name: str, service: str, policies: tuple[str, ...]) -> str:
    iam = iam_backends[context.account][context.eks.partition]
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
    }
    existing = next((role for role in iam.get_roles() if role.name == name), None)
    if existing is not None:
        return str(existing.arn)
    role = iam.create_role(
        role_name=name,
        assume_role_policy_document=json.dumps(trust),
        path="/",
        permissions_boundary=None,
        description="",
        tags=[],
        max_session_duration="3600",
    )
    # Roles are older than the plan that uses them. Policies of a new role may not have propagated yet.
    role.create_date = utcnow() - timedelta(days=1)
    for policy in policies:
        iam.attach_role_policy(_policy_arn(iam, policy), name)
    return str(role.arn)


def _policy_arn(iam: Any, name: str) -> str:
    """Managed policies have different paths (`/`, `/service-role/`), which are read from moto."""
    return next(str(policy.arn) for policy in iam.managed_policies.values() if policy.name == name)


def _cluster(context: Context, plan: Plan, made: dict[str, Any]) -> SandboxCluster:
    create_cluster(
        context,
        {
            "name": plan.cluster,
            "version": plan.version,
            "roleArn": made["cluster_role_arn"],
            "resourcesVpcConfig": {
                "subnetIds": made["private_subnet_ids"] + made["public_subnet_ids"],
                "endpointPrivateAccess": True,
            },
            "accessConfig": {"authenticationMode": plan.authentication_mode},
            **plan.cluster_config,
        },
    )
    cluster = find_cluster(context, plan.cluster)
    if cluster.transition is not None:
        cluster.transition.end()
    # It represents an existing resource, so nothing about it is pending.
    cluster.created_at -= timedelta(minutes=30)
    return cluster


def _nodegroups(context: Context, plan: Plan, cluster: SandboxCluster, made: dict[str, Any]) -> list[str]:
    names = []
    for index in range(plan.nodegroups):
        name = f"{plan.nodegroup_prefix}{index:04d}"
        parameters = {
            "clusterName": cluster.name,
            "nodegroupName": name,
            "nodeRole": made["node_role_arn"],
            "subnets": made["private_subnet_ids"],
            "scalingConfig": {"minSize": 1, "maxSize": 3, "desiredSize": 2},
            **plan.nodegroup,
        }
        if name not in cluster.nodegroups:
            finish_create(context, build(context, cluster, parameters), None)
        names.append(name)
    return names
