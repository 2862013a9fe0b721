"""The EC2 instances of managed node groups.

Instances are launched for clusters with workloads, and for node groups whose creation fails with NodeCreationFailure.
Other node groups have only a capacity, because thousands of node groups would take too much time. All functions
require the lock of the world.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.autoscaling.models import ASG_NAME_TAG, InstanceState
from moto.ec2.models.instance_types import INSTANCE_TYPES

from ..launch_templates import resolve
from ..releases import ami_id

if TYPE_CHECKING:
    from ..nodegroup import SandboxNodegroup
    from ..scaling_groups import NodegroupAutoScalingGroup
    from ..world import Context

log = logging.getLogger(__name__)

# The lifecycle state of an instance whose node is drained before it ends.
TERMINATING = "Terminating:Wait"


@dataclass(slots=True, frozen=True)
class NodeImage:
    """What a version update changes about a node: release, version, and launch template."""

    ami_type: str
    version: str
    release: str
    template_id: str
    template_version: str

    @classmethod
    def of(cls, nodegroup: SandboxNodegroup, state: dict[str, Any] | None = None) -> NodeImage:
        """Return the image of new nodes. `state` contains attributes of the node group that are not applied yet."""

        def value(name: str) -> Any:
            return (state or {}).get(name, getattr(nodegroup, name))

        template = value("launch_template") or {}
        return cls(
            nodegroup.ami_type,
            str(value("version") or ""),
            str(value("release_version")),
            template.get("id", ""),
            template.get("version", ""),
        )

    @property
    def ami(self) -> str:
        """Return the ID of the AMI."""
        return self.release if self.ami_type == "CUSTOM" else ami_id(self.version, self.ami_type, self.release)


class NodeInstance(InstanceState):
    """An instance of a managed node group in its Auto Scaling group."""

    def __init__(self, instance: Any, group: NodegroupAutoScalingGroup, image: NodeImage) -> None:
        instance.autoscaling_group = group
        super().__init__(
            instance, protected_from_scale_in=group.new_instances_protected_from_scale_in, autoscaling_group=group
        )
        self.image = image
        self._template = {**group.launch_template, "Version": _latest_version(group)}

    @property
    def provider_id(self) -> str:
        """Return the provider ID of its node."""
        return f"aws:///{self.availability_zone}/{self.instance_id}"

    @property
    def launch_template(self) -> dict[str, Any]:
        """Return the launch template version from which the instance was launched."""
        return self._template


def _latest_version(group: NodegroupAutoScalingGroup) -> str:
    return str(group.ec2_launch_template.latest_version_number)


def instances_of(group: NodegroupAutoScalingGroup) -> list[NodeInstance]:
    """Return the instances, without instances that were terminated outside of the group."""
    group.instance_states = [each for each in group.instance_states if each.instance.state == "running"]
    return [each for each in group.instance_states if isinstance(each, NodeInstance)]


def launch(
    context: Context, nodegroup: SandboxNodegroup, group: NodegroupAutoScalingGroup, image: NodeImage, count: int
) -> list[NodeInstance]:
    """Launch instances in the subnets with the fewest instances. Stop if the subnets have no free addresses."""
    instance_type, tags = _instance_type(context, nodegroup, image), group.get_propagated_tags()
    security_group = context.eks.clusters[nodegroup.cluster_name].resources_vpc_config.get("clusterSecurityGroupId")
    used = Counter({subnet: 0 for subnet in nodegroup.subnets})
    used.update(each.instance.subnet_id for each in instances_of(group))
    launched = []
    for _ in range(count):
        subnet = min(nodegroup.subnets, key=lambda each: used[each])
        try:
            reservation = context.ec2.run_instances(
                image.ami,
                1,
                None,
                [],
                subnet_id=subnet,
                instance_type=instance_type,
                is_instance_type_default=False,
                region_name=context.region,
                security_group_ids=[security_group] if security_group else [],
                tags={"instance": {**tags, ASG_NAME_TAG: group.name}},
            )
        except Exception as error:
            log.info("no instance for node group %s in %s: %s", nodegroup.nodegroup_name, subnet, error)
            break
        instance = reservation.instances[0]
        instance.hypervisor = INSTANCE_TYPES.get(instance_type, {}).get("Hypervisor", "nitro")
        instance.lifecycle = "spot" if nodegroup.capacity_type == "SPOT" else None
        for interface in instance.nics.values():
            # Otherwise, the interface and its address would remain after the termination.
            interface.delete_on_termination = True
        used[subnet] += 1
        launched.append(NodeInstance(instance, group, image))
    group.instance_states.extend(launched)
    return launched


def _instance_type(context: Context, nodegroup: SandboxNodegroup, image: NodeImage) -> str:
    if nodegroup.instance_types:
        return str(nodegroup.instance_types[0])
    return resolve(context, {"id": image.template_id, "version": image.template_version}).instance_type


def terminate(group: NodegroupAutoScalingGroup, gone: list[NodeInstance]) -> None:
    """Terminate instances and remove them from their group."""
    running = [each.instance_id for each in gone if each.instance.state != "terminated"]
    if running:
        group.autoscaling_backend.ec2_backend.terminate_instances(running)
    group.instance_states = [each for each in group.instance_states if each not in gone]
