"""Determines why the nodes of a new node group would not join, from the current state of the account.

Enabled by the setting `nodes_must_join`: a creation then fails late, as at AWS, because of a problem that a check
before the apply should have found. The network, the role, and the free IP addresses are checked.
"""

from __future__ import annotations

from typing import Any

from moto.iam.models import iam_backends

from .launch_templates import resolve
from .nodegroup import SandboxNodegroup
from .permissions import Permissions
from .routes import default_targets
from .world import Context

# Permissions that a node requires before it can register: to join, and to pull the images of its daemons.
NODE_ACTIONS = ("ec2:DescribeInstances", "ecr:GetAuthorizationToken", "ecr:BatchGetImage")
ENDPOINTS = ("ec2", "ecr.api", "ecr.dkr", "s3")


def join_issues(context: Context, nodegroup: SandboxNodegroup) -> list[dict[str, Any]]:
    """Return the health issues that prevent nodes from joining. Empty if nodes can join."""
    return _subnet_issues(context, nodegroup) + _role_issues(context, nodegroup)


def _subnet_issues(context: Context, nodegroup: SandboxNodegroup) -> list[dict[str, Any]]:
    subnets = [context.ec2.get_subnet(subnet_id) for subnet_id in nodegroup.subnets]
    found, unassigned, unrouted = [], [], []
    for subnet in subnets:
        targets = default_targets(context, subnet.id)
        if any(target.startswith("igw-") for target in targets):
            if not (_maps_public_ip(subnet) or _template_assigns_ip(context, nodegroup)):
                unassigned.append(subnet.id)
        elif not targets and _missing_endpoints(context, subnet.vpc_id):
            unrouted.append(subnet.id)
    if unassigned:
        found.append(
            _issue(
                "Ec2SubnetInvalidConfiguration",
                f"Subnets {', '.join(unassigned)} of node group {nodegroup.nodegroup_name} do not automatically "
                "assign public IP addresses to instances launched into them",
                unassigned,
            )
        )
    if unrouted:
        found.append(_not_joined())
    free = sum(subnet.available_ip_address_count for subnet in subnets)
    if free < nodegroup.scaling_config["desiredSize"]:
        text = f"The subnets have {free} free addresses, too few for the nodes of the group"
        found.append(_issue("InsufficientFreeAddresses", text, nodegroup.subnets))
    return found


def _maps_public_ip(subnet: Any) -> bool:
    return str(subnet.map_public_ip_on_launch).lower() == "true"


def _template_assigns_ip(context: Context, nodegroup: SandboxNodegroup) -> bool:
    if nodegroup.launch_template is None:
        return False
    specification = {"id": nodegroup.launch_template["id"], "version": nodegroup.launch_template["version"]}
    interfaces = resolve(context, specification).data.get("NetworkInterfaces") or []
    return any(str(each.get("AssociatePublicIpAddress")).lower() == "true" for each in interfaces)


def _missing_endpoints(context: Context, vpc_id: str) -> list[str]:
    endpoints = context.ec2.describe_vpc_endpoints(vpc_end_point_ids=None, filters={"vpc-id": [vpc_id]})
    names = {str(each.service_name).split(".", 3)[-1] for each in endpoints}
    return [name for name in ENDPOINTS if name not in names]


def _role_issues(context: Context, nodegroup: SandboxNodegroup) -> list[dict[str, Any]]:
    iam = iam_backends[context.account][context.eks.partition]
    role = next((each for each in iam.get_roles() if each.arn == nodegroup.node_role), None)
    if role is None:
        text = f"The node role {nodegroup.node_role} was not found"
        return [_issue("IamNodeRoleNotFound", text, [nodegroup.node_role])]
    permissions = Permissions.of_role(iam, role)
    if all(permissions.decide(action) == "allowed" for action in NODE_ACTIONS):
        return []
    return [_not_joined()]


def _not_joined() -> dict[str, Any]:
    """AWS does not report a cause for this issue."""
    return _issue("NodeCreationFailure", "Instances failed to join the kubernetes cluster", [])


def _issue(code: str, message: str, resource_ids: list[str]) -> dict[str, Any]:
    return {"code": code, "message": message, "resourceIds": resource_ids}
