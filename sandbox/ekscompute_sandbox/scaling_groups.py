"""The Auto Scaling group and launch template that EKS creates for each node group, in moto.

The group is a real one for the Auto Scaling API (describe, tags). It does not launch instances itself (see
`workloads.instances`).
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from moto.autoscaling.models import FakeAutoScalingGroup, autoscaling_backends
from moto.core.exceptions import ServiceException

from .workloads.instances import NodeImage, instances_of, launch, terminate
from .world import Context

if TYPE_CHECKING:
    from .nodegroup import SandboxNodegroup


class NodegroupAutoScalingGroup(FakeAutoScalingGroup):
    """An Auto Scaling group whose capacity is only a number.

    EKS returns the desired capacity of the group as the desired size of the node group, regardless of who set it.
    """

    nodegroup: SandboxNodegroup | None = None
    # The image of new instances after a failed version update, which the node group itself does not have.
    image: NodeImage | None = None

    def set_desired_capacity(self, new_capacity: int | None) -> None:
        """Store the number and show it in the node group. moto would launch instances here."""
        self.desired_capacity = self.min_size if new_capacity is None else new_capacity
        if self.nodegroup is not None:
            self.nodegroup.scaling_config["desiredSize"] = self.desired_capacity

    def replace_autoscaling_group_instances(self, count_needed: int, propagated_tags: dict[str, str]) -> None:
        """Leave the replacement of terminated instances to the workloads of the cluster."""


def make_resources(context: Context, nodegroup: SandboxNodegroup) -> None:
    """Create the template copy of EKS, the Auto Scaling group, and the security group for remote access."""
    name = f"eks-{nodegroup.nodegroup_name}-{nodegroup.uuid}"
    data: dict[str, Any] = {"ImageId": NodeImage.of(nodegroup).ami}
    if nodegroup.instance_types:
        data["InstanceType"] = nodegroup.instance_types[0]
    owner_tags = {
        "eks:cluster-name": nodegroup.cluster_name,
        "eks:nodegroup-name": nodegroup.nodegroup_name,
    }
    # Without tags: moto searches all tags of EC2 for each template that it creates.
    template = context.ec2.create_launch_template(
        name=f"eks-{nodegroup.uuid}", description="", template_data=data, tag_spec={}
    )
    tags = {
        **owner_tags,
        f"kubernetes.io/cluster/{nodegroup.cluster_name}": "owned",
        "k8s.io/cluster-autoscaler/enabled": "true",
        f"k8s.io/cluster-autoscaler/{nodegroup.cluster_name}": "owned",
    }
    backend = autoscaling_backends[context.account][context.region]
    group = NodegroupAutoScalingGroup(
        name=name,
        availability_zones=[],
        desired_capacity=nodegroup.scaling_config["desiredSize"],
        max_size=nodegroup.scaling_config["maxSize"],
        min_size=nodegroup.scaling_config["minSize"],
        launch_config_name="",
        launch_template={"LaunchTemplateId": template.id, "Version": "1"},
        vpc_zone_identifier=",".join(nodegroup.subnets),
        default_cooldown=300,
        health_check_period=15,
        health_check_type="EC2",
        load_balancers=[],
        target_group_arns=[],
        placement_group=None,
        termination_policies=["OldestLaunchTemplate", "OldestInstance", "Default"],
        autoscaling_backend=backend,
        ec2_backend=context.ec2,
        tags=[{"Key": key, "Value": value, "PropagateAtLaunch": True} for key, value in tags.items()],
        mixed_instances_policy=None,
        capacity_rebalance=nodegroup.capacity_type == "SPOT",
    )
    group.nodegroup = nodegroup
    apply_warm_pool(group, nodegroup.warm_pool_config)
    backend.autoscaling_groups[name] = group
    nodegroup.resources = {"autoScalingGroups": [{"name": name}]}
    if nodegroup.remote_access and nodegroup.remote_access.get("ec2SshKey"):
        nodegroup.resources["remoteAccessSecurityGroup"] = _remote_access_group(context, nodegroup)


def _remote_access_group(context: Context, nodegroup: SandboxNodegroup) -> str:
    cluster = context.eks.clusters[nodegroup.cluster_name]
    group = context.ec2.create_security_group(
        f"eks-remoteAccess-{nodegroup.uuid}",
        "Security group for all nodes in the nodeGroup to allow SSH access",
        vpc_id=cluster.resources_vpc_config["vpcId"],
        tags={"eks": nodegroup.nodegroup_name, "eks:nodegroup-name": nodegroup.nodegroup_name},
    )
    return str(group.id)


def lose_group(group: NodegroupAutoScalingGroup) -> None:
    """Degrade the node group with a health issue, because the group was deleted outside of EKS."""
    group.autoscaling_backend.autoscaling_groups.pop(group.name, None)
    terminate(group, instances_of(group))
    if group.nodegroup is not None:
        group.nodegroup.status = "DEGRADED"
        group.nodegroup.health_issues = [
            {
                "code": "AutoScalingGroupNotFound",
                "message": f"We couldn't find the Auto Scaling group {group.name} of the managed node group.",
                "resourceIds": [group.name],
            }
        ]


def find_group(context: Context, nodegroup: SandboxNodegroup) -> NodegroupAutoScalingGroup | None:
    """Return the Auto Scaling group of the node group, or None if it was deleted."""
    groups = nodegroup.resources.get("autoScalingGroups") or [{"name": ""}]
    backend = autoscaling_backends[context.account][context.region]
    group = backend.autoscaling_groups.get(groups[0]["name"])
    return group if isinstance(group, NodegroupAutoScalingGroup) else None


def name_failed_instances(context: Context, nodegroup: SandboxNodegroup, issues: list[dict[str, Any]]) -> None:
    """Launch the instances of a node group that fails because they do not join, and name them in its health issues."""
    failures = [each for each in issues if each["code"] == "NodeCreationFailure"]
    group = find_group(context, nodegroup)
    if not failures or group is None:
        return
    missing = group.desired_capacity - len(instances_of(group))
    if missing > 0:
        launch(context, nodegroup, group, NodeImage.of(nodegroup), missing)
    for each in failures:
        each["resourceIds"] = each["resourceIds"] or [found.instance_id for found in instances_of(group)]


def apply_scaling(context: Context, nodegroup: SandboxNodegroup) -> None:
    """Set the sizes of the Auto Scaling group to the sizes of the node group."""
    group = find_group(context, nodegroup)
    if group is not None:
        group.min_size = nodegroup.scaling_config["minSize"]
        group.max_size = nodegroup.scaling_config["maxSize"]
        group.set_desired_capacity(nodegroup.scaling_config["desiredSize"])
        apply_warm_pool(group, nodegroup.warm_pool_config)


def apply_warm_pool(group: NodegroupAutoScalingGroup, config: dict[str, Any] | None) -> None:
    """Set or delete the warm pool of the Auto Scaling group."""
    group.warm_pool = None
    if config is not None:
        group.put_warm_pool(
            max_group_prepared_capacity=config.get("maxGroupPreparedCapacity"),
            min_size=config["minSize"],
            pool_state=config["poolState"].title(),
            instance_reuse_policy={"ReuseOnScaleIn": config["reuseOnScaleIn"]},
        )


def add_template_version(context: Context, nodegroup: SandboxNodegroup, ami: str) -> None:
    """Add a version with the new image to the template copy of EKS, as a version update does."""
    template = context.ec2.launch_templates.get(_template_id(context, nodegroup))
    if template is not None:
        template.create_version({**template.latest_version().data, "ImageId": ami}, "")


def _template_id(context: Context, nodegroup: SandboxNodegroup) -> str:
    return str(context.ec2.launch_template_name_to_ids.get(f"eks-{nodegroup.uuid}", ""))


def remove_resources(context: Context, nodegroup: SandboxNodegroup) -> None:
    """Delete all remaining resources that `make_resources` created."""
    for each in nodegroup.resources.get("autoScalingGroups", []):
        group = autoscaling_backends[context.account][context.region].autoscaling_groups.pop(each["name"], None)
        if isinstance(group, NodegroupAutoScalingGroup):
            terminate(group, instances_of(group))
    if _template_id(context, nodegroup):
        context.ec2.delete_launch_template(f"eks-{nodegroup.uuid}", None)
    group_id = nodegroup.resources.get("remoteAccessSecurityGroup")
    if group_id:
        # It may not exist, or a rule of another group may reference it. EKS does not delete it in this case either.
        with suppress(ServiceException):
            context.ec2.delete_security_group(group_id=group_id)
