"""The node group: its state, and its describe and list operations."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.eks.models import NODEGROUP_NOT_FOUND_MSG, Nodegroup

from .clusters import find_cluster
from .errors import eks_error
from .operations import operation, page
from .transitions import Transition
from .world import Context

if TYPE_CHECKING:
    from .updates import Update


class SandboxNodegroup(Nodegroup):
    """The moto node group with the defaults, states, and fields of the current API."""

    def __init__(self, context: Context, cluster_name: str, parameters: dict[str, Any]) -> None:
        super().__init__(
            cluster_name=cluster_name,
            node_role=parameters["nodeRole"],
            nodegroup_name=parameters["nodegroupName"],
            subnets=list(parameters["subnets"]),
            account_id=context.account,
            region_name=context.region,
            aws_partition=context.eks.partition,
            scaling_config=dict(parameters["scalingConfig"]),
            ami_type=parameters["amiType"],
            labels=dict(parameters.get("labels", {})),
            taints=[dict(taint) for taint in parameters.get("taints", [])],
            tags=dict(parameters.get("tags", {})),
            client_request_token=parameters.get("clientRequestToken"),
            capacity_type=parameters["capacityType"],
            version=parameters.get("version"),
            release_version=parameters.get("releaseVersion"),
            update_config=dict(parameters["updateConfig"]),
            node_repair_config=parameters.get("nodeRepairConfig"),
        )
        # moto sets defaults for missing values, but they must stay missing here.
        self.version = parameters.get("version")
        self.release_version = parameters.get("releaseVersion")
        self.instance_types = parameters.get("instanceTypes")
        self.disk_size = parameters.get("diskSize")
        self.remote_access = parameters.get("remoteAccess")
        self.launch_template: dict[str, str] | None = parameters.get("launchTemplate")
        self.warm_pool_config: dict[str, Any] | None = parameters.get("warmPoolConfig")
        self.status = "CREATING"
        # Times of moto have no time zone and would be read as local times.
        self.created_at = self.modified_at = datetime.now(UTC)
        self.request: dict[str, Any] = {}
        self.resources: dict[str, Any] = {}
        self.health_issues: list[dict[str, Any]] = []
        self.updates: dict[str, Update] = {}
        self.transition: Transition | None = None

    def describe(self) -> dict[str, Any]:
        """Return the Nodegroup shape of the API. Members that do not apply are omitted, as in EKS."""
        described: dict[str, Any] = {
            "nodegroupName": self.nodegroup_name,
            "nodegroupArn": self.arn,
            "clusterName": self.cluster_name,
            "createdAt": self.created_at.timestamp(),
            "modifiedAt": self.modified_at.timestamp(),
            "status": self.status,
            "capacityType": self.capacity_type,
            "scalingConfig": self.scaling_config,
            "subnets": self.subnets,
            "amiType": self.ami_type,
            "nodeRole": self.node_role,
            "labels": self.labels,
            "updateConfig": self.update_config,
            "health": {"issues": self.health_issues},
            "tags": self.tags,
        }
        optional = {
            "version": self.version,
            "releaseVersion": self.release_version,
            "instanceTypes": self.instance_types,
            "diskSize": self.disk_size,
            "remoteAccess": self.remote_access,
            "launchTemplate": self.launch_template,
            "nodeRepairConfig": self.node_repair_config,
            "warmPoolConfig": self.warm_pool_config,
            "taints": self.taints or None,
            "resources": self.resources or None,
        }
        described.update({name: value for name, value in optional.items() if value is not None})
        return described

    @property
    def target(self) -> str:
        """Return the target name for fault rules and transitions."""
        return f"{self.cluster_name}/{self.nodegroup_name}"

    def touch(self) -> None:
        """Set the modification time to now."""
        self.modified_at = datetime.now(UTC)

    def running_update(self) -> Update | None:
        """Return the update in progress, if any."""
        return next((each for each in self.updates.values() if each.status == "InProgress"), None)


def find_nodegroup(context: Context, cluster_name: str, name: str) -> SandboxNodegroup:
    """Return the node group, or raise ResourceNotFoundException."""
    cluster = find_cluster(context, cluster_name)
    nodegroup = cluster.nodegroups.get(name)
    if nodegroup is None:
        raise eks_error(
            "ResourceNotFoundException",
            NODEGROUP_NOT_FOUND_MSG.format(nodegroupName=name),
            clusterName=cluster_name,
            nodegroupName=name,
        )
    assert isinstance(nodegroup, SandboxNodegroup)
    return nodegroup


@operation("DescribeNodegroup")
def describe_nodegroup(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the current node group. Counts as a describe call for its transition."""
    cluster_name, name = parameters["clusterName"], parameters["nodegroupName"]
    nodegroup = find_nodegroup(context, cluster_name, name)
    if nodegroup.transition is not None:
        nodegroup.transition.described()
        nodegroup = find_nodegroup(context, cluster_name, name)
    return {"nodegroup": nodegroup.describe()}


@operation("ListNodegroups")
def list_nodegroups(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the names of the node groups of the cluster, regardless of their status."""
    return page(list(find_cluster(context, parameters["clusterName"]).nodegroups), parameters, "nodegroups")
