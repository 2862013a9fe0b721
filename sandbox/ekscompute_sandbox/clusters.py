"""The cluster: the fields of DescribeCluster that the compute resources read."""

from __future__ import annotations

import base64
import hashlib
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.eks.models import CLUSTER_NOT_FOUND_MSG, Cluster

from .errors import eks_error
from .releases import DEFAULT_VERSION, platform_version
from .transitions import Transition
from .world import Context

if TYPE_CHECKING:
    from .access_entries import AccessEntry
    from .fargate import SandboxFargateProfile
    from .updates import Update


class SandboxCluster(Cluster):
    """The moto cluster with the fields and states of the current API."""

    def __init__(self, context: Context, parameters: dict[str, Any], vpc: dict[str, Any]) -> None:
        super().__init__(
            name=parameters["name"],
            role_arn=parameters["roleArn"],
            resources_vpc_config=vpc,
            account_id=context.account,
            region_name=context.region,
            aws_partition=context.eks.partition,
            version=parameters.get("version", DEFAULT_VERSION),
            kubernetes_network_config=_network(parameters.get("kubernetesNetworkConfig", {})),
            logging=parameters.get("logging"),
            client_request_token=parameters.get("clientRequestToken"),
            tags=dict(parameters.get("tags", {})),
            encryption_config=parameters.get("encryptionConfig"),
            remote_network_config=parameters.get("remoteNetworkConfig"),
        )
        identity = uuid.uuid5(uuid.NAMESPACE_URL, self.arn).hex.upper()
        self.status = "CREATING"
        # Times of moto have no time zone and would be read as local times.
        self.created_at = datetime.now(UTC)
        self.platformVersion = platform_version(self.version)
        self.endpoint = f"https://{identity}.gr7.{context.region}.eks.amazonaws.com"
        self.certificate_authority = {"data": _certificate(self.arn)}
        self.identity = {"oidc": {"issuer": f"https://oidc.eks.{context.region}.amazonaws.com/id/{identity}"}}
        access = parameters.get("accessConfig", {})
        self.access_config = {
            "authenticationMode": access.get("authenticationMode", "API_AND_CONFIG_MAP"),
            "bootstrapClusterCreatorAdminPermissions": access.get("bootstrapClusterCreatorAdminPermissions", True),
        }
        self.compute_config = parameters.get("computeConfig")
        self.outpost_config = parameters.get("outpostConfig")
        # The cluster ID for which tokens of a local cluster on an Outpost are signed.
        self.id = str(uuid.uuid5(uuid.NAMESPACE_URL, self.arn))
        self.creator = ""
        self.upgrade_policy = parameters.get("upgradePolicy", {"supportType": "EXTENDED"})
        self.zonal_shift = parameters.get("zonalShiftConfig", {"enabled": False})
        self.storage_config = parameters.get("storageConfig")
        self.deletion_protection = parameters.get("deletionProtection", False)
        self.scaling_tier = parameters.get("controlPlaneScalingConfig", {"tier": "standard"})
        self.health_issues: list[dict[str, Any]] = []
        self.insights: list[dict[str, Any]] = []
        self.access_entries: dict[str, AccessEntry] = {}
        self.updates: dict[str, Update] = {}
        self.transition: Transition | None = None
        # IDs of the network and roles that the control API created with the cluster.
        self.seeded: dict[str, Any] = {}
        self.fargate_profiles: dict[str, SandboxFargateProfile] = {}  # type: ignore[assignment]

    def describe(self) -> dict[str, Any]:
        """Return the Cluster shape of the API. Endpoint and CA are missing until the cluster is ACTIVE."""
        ready = self.status not in ("CREATING", "PENDING", "FAILED")
        described: dict[str, Any] = {
            "name": self.name,
            "arn": self.arn,
            "createdAt": self.created_at.timestamp(),
            "version": self.version,
            "roleArn": self.role_arn,
            "resourcesVpcConfig": self.resources_vpc_config,
            "kubernetesNetworkConfig": self.kubernetes_network_config,
            "logging": self.logging,
            "status": self.status,
            "certificateAuthority": self.certificate_authority if ready else {},
            "platformVersion": self.platformVersion,
            "tags": self.tags,
            "encryptionConfig": self.encryption_config,
            "health": {"issues": self.health_issues},
            "accessConfig": self.access_config,
            "upgradePolicy": self.upgrade_policy,
            "zonalShiftConfig": self.zonal_shift,
            "deletionProtection": self.deletion_protection,
            "controlPlaneScalingConfig": self.scaling_tier,
        }
        if ready:
            described["endpoint"] = self.endpoint
            described["identity"] = self.identity
        optional = {
            "remoteNetworkConfig": self.remote_network_config,
            "computeConfig": self.compute_config,
            "outpostConfig": self.outpost_config,
            "id": self.id if self.outpost_config else None,
            "storageConfig": self.storage_config,
        }
        described.update({name: value for name, value in optional.items() if value is not None})
        return described

    def require_active(self) -> None:
        """Reject operations on a cluster that is not ACTIVE, with the message of EKS for each state."""
        if self.status == "ACTIVE":
            return
        running = next((each for each in self.updates.values() if each.status == "InProgress"), None)
        if running is not None:
            raise eks_error(
                "ResourceInUseException",
                f"Cluster {self.name} currently has update {running.id} in progress",
                clusterName=self.name,
            )
        raise eks_error(
            "InvalidRequestException",
            f"Cluster '{self.name}' is not in ACTIVE status",
            clusterName=self.name,
        )


def _network(wanted: dict[str, Any]) -> dict[str, Any]:
    family = wanted.get("ipFamily", "ipv4")
    network: dict[str, Any] = {"ipFamily": family, "elasticLoadBalancing": {"enabled": False}}
    if family == "ipv6":
        network["serviceIpv6Cidr"] = "fd6a:5c1e:9b20::/108"
    else:
        network["serviceIpv4Cidr"] = wanted.get("serviceIpv4Cidr", "10.100.0.0/16")
    return network


def _certificate(seed: str) -> str:
    """Return a placeholder in the format of a PEM certificate in base64. The control API can set a real certificate."""
    body = base64.encodebytes(hashlib.sha512(seed.encode()).digest() * 8).decode()
    return base64.b64encode(f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n".encode()).decode()


def find_cluster(context: Context, name: str) -> SandboxCluster:
    """Return the cluster, or raise ResourceNotFoundException."""
    cluster = context.eks.clusters.get(name)
    if cluster is None:
        raise eks_error("ResourceNotFoundException", CLUSTER_NOT_FOUND_MSG.format(clusterName=name), clusterName=name)
    assert isinstance(cluster, SandboxCluster)
    return cluster
